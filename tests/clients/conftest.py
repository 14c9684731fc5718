"""What of the real clients can run here: a fresh machine has Python, make and git, and perhaps none of these."""

import os
import shutil

NEEDED = {
    "test_mail_clients.py": ("swaks", "msmtp"),
    "test_node.py": ("node", "npm"),
    "test_postfix.py": ("postfix",),
}
SYSTEM = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))

collect_ignore = [
    file for file, programs in NEEDED.items() if not all(shutil.which(name, path=SYSTEM) for name in programs)
]
