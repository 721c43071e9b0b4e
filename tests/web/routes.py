"""Every route with what it needs. A new route fails the tests until it stands here.

OPEN, SIGNED_IN, or the Permission that its view names.
"""

from workflow.roles import Permission

OPEN = "open to all"
SIGNED_IN = "anybody signed in"

ROUTES = {
    "static": OPEN,
    "errors.favicon": OPEN,
    "health.healthz": OPEN,
    "health.readyz": OPEN,
    "sign_in.page": OPEN,
    "sign_in.enter": OPEN,
    "statement.page": OPEN,
    "sign_in.leave": SIGNED_IN,
    "sign_in.form_again": SIGNED_IN,
    "home.page": SIGNED_IN,
    "guide.page": SIGNED_IN,
    "guide.at": SIGNED_IN,
    "by_hand.page": Permission.PUBLISH,
    "by_hand.done": Permission.PUBLISH,
    "sample.page": SIGNED_IN,
    "sample.picture": SIGNED_IN,
}
