"""A process that publishes one publication and kills itself on the way. Not a test: test_bluesky.py starts it.

Arguments: where ("before the call", "after the answer"), the data folder, the publication's id. The database's address
is in TEABREAK_DATABASE_URL.
"""

import os
import signal
import sys

from workflow.publishing import door
from workflow.publishing.bluesky import Bluesky
from workflow.settings import Settings
from workflow.start import open_services

where, data, publication_id = sys.argv[1:]
publish = Bluesky.publish


def dying(*arguments):
    if where == "after the answer":
        publish(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)


Bluesky.publish = dying
services = open_services(Settings(data=data, database_url=os.environ["TEABREAK_DATABASE_URL"]))
secret_key = services.settings.secret_key.get_secret_value()
door.publish(services.database, services.files, secret_key, int(publication_id))
