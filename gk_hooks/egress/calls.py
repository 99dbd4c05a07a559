"""What becomes of each call that the filter asks about: let it go on, refuse it, or make it on the program's behalf."""

from __future__ import annotations

from gk_hooks.egress.desk import GO, Call, Verdict
from gk_hooks.egress.listening import Listening
from gk_hooks.egress.refused import refused_call
from gk_hooks.egress.sending import Sending


class Judge(Sending, Listening):
    """Decides calls and sees to it that every decision is on record."""

    def decide(self, call: Call) -> Verdict:
        """What becomes of *call*."""
        handler = {
            "connect": self.connect,
            "sendto": self.sendto,
            "sendmsg": self.sendmsg,
            "sendmmsg": self.sendmsg,
            "bind": self.bind,
            "listen": self.listen,
        }.get(call.name)
        if handler is None or not call.native:
            return refused_call(self.witness, call.name, call.native, call.tid, call.arguments) or GO
        return handler(call)
