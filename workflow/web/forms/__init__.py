"""Forms: what was typed, what is wrong with it, and how both get back onto the page.

The rules of a form stand in its use case, which raises `Invalid` with a sentence for each field; web, mail, API and
command line share them. So there are no form classes here, only `Filled`: the values and problems of one form.

In a view:

    @posts.get("/propose")
    @needs(Permission.PROPOSE)
    def propose_form():
        return render_template("pages/posts/propose.html", form=filled())

    @posts.post("/propose")
    @needs(Permission.PROPOSE)
    def propose_post():
        form = filled()
        try:
            with current().database.writing() as session:
                post = propose(session, actor(), proposal_from(form), origin="web")
        except Invalid as invalid:
            return render_template("pages/posts/propose.html", form=form.with_problems(invalid)), 422
        flash(f"{ref} was sent.")
        return redirect(...)   # POST, redirect, GET

In the template (macros in `templates/components/fields.html`; every field's id is its name, so that the error summary
leads to it):

    {% from "components/fields.html" import start_form, end_form, text_area, check_boxes, button with context %}
    {% block content %}
      <h1 class="govuk-heading-l">Propose a post</h1>
      {{ start_form(url_for("posts.propose_post"), form, files=true) }}
        {{ text_area(form, "text", "The text", rows=8, counts=[{"network": "Bluesky", "limit": 300}]) }}
        {{ button("Send for review") }}
      {{ end_form() }}

The layout shows the error summary by itself for the template variables `form` and `forms` (a list).

Several forms on one page: `filled("answer-3")`. The name goes along with the form (`form` in the POST), is put in front
of each id, and only the form of that name takes its values from the request; POST field names stay as they are.

Nothing typed is lost: where a POST cannot be carried out (sign-in over, form out of date, database away), its fields
are kept and the page `form_at` is given back, by GET, with `filled()` reading the kept fields. So: build the form of a
GET page with `filled(...)`, never by hand, and do not read `request.form` elsewhere.
"""

from __future__ import annotations

from workflow.web.forms.filled import Filled, filled

__all__ = ["Filled", "filled"]
