"""For gunicorn and other WSGI servers: `gunicorn wsgi:app`."""

from workflow.app import create_app
from workflow.settings import load
from workflow.start import open_services

_services = open_services(load())
app = create_app(_services.settings, _services.database)
