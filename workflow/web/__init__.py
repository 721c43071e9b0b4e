"""The pages: one blueprint a group of pages, one file each."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint of the product, in the order of the navigation."""
    from workflow.web.allow_list import allow_list
    from workflow.web.by_hand import by_hand
    from workflow.web.checking import checking
    from workflow.web.deciding import deciding
    from workflow.web.errors import errors
    from workflow.web.guide import guide
    from workflow.web.health import health
    from workflow.web.holding import holding
    from workflow.web.home import home
    from workflow.web.jobs import jobs
    from workflow.web.learned import learned
    from workflow.web.mine import mine
    from workflow.web.outcome import outcome
    from workflow.web.pictures import pictures
    from workflow.web.post import post
    from workflow.web.propose import propose
    from workflow.web.queue import queue
    from workflow.web.sample import sample
    from workflow.web.set_aside import mail
    from workflow.web.sign_in import sign_in
    from workflow.web.statement import statement

    authors = (propose, checking, mine, pictures)
    reviewers = (queue, post, deciding, holding, outcome)
    return (
        sign_in,
        home,
        *authors,
        *reviewers,
        guide,
        learned,
        by_hand,
        sample,
        jobs,
        mail,
        allow_list,
        statement,
        health,
        errors,
    )
