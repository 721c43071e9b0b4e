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
    "allow_list.page": Permission.MANAGE,
    "learned.page": Permission.READ_LEARNED,
    "propose.form": Permission.PROPOSE,
    "propose.send": Permission.PROPOSE,
    "propose.edit": Permission.REVISE,
    "propose.save": Permission.REVISE,
    "checking.while_typing": Permission.PROPOSE,
    "mine.page": SIGNED_IN,
    "mine.everybodys": Permission.READ_LIST,
    "pictures.show": Permission.READ,
    "pictures.preview": SIGNED_IN,
    "queue.page": Permission.READ_QUEUE,
    "post.page": Permission.READ,
    "post.revision": Permission.READ,
    "deciding.answer": Permission.ANSWER,
    "deciding.decision": Permission.DECIDE,
    "holding.hold": Permission.CHOOSE_HOLD,
    "holding.withdraw_post": Permission.WITHDRAW,
    "holding.delete_draft": Permission.WITHDRAW,
    "outcome.now": Permission.PUBLISH,
    "outcome.again": Permission.PUBLISH,
    "outcome.left": Permission.PUBLISH,
    "outcome.settled": Permission.PUBLISH,
    "outcome.taken_down": Permission.PUBLISH,
    "by_hand.page": Permission.PUBLISH,
    "by_hand.done": Permission.PUBLISH,
    "by_hand.left": Permission.PUBLISH,
    "sample.page": SIGNED_IN,
    "sample.picture": SIGNED_IN,
    "jobs.page": Permission.MANAGE,
    "jobs.again": Permission.MANAGE,
    "mail.set_aside": Permission.READ_MAIL,
    "mail.raw": Permission.READ_MAIL,
}
