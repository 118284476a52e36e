"""What a web worker loads: the application, and the bill runs that a stopped program left unfinished."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "canbao.settings")
application = get_wsgi_application()

# After the application: rooms can be imported only once Django is set up.
from canbao.billing.runs import resume_runs  # noqa: E402
from canbao.faces.visit import clock  # noqa: E402

resume_runs(clock())
