"""Takes the system's place for notifications on the message bus of the environment: each one becomes a line of JSON,
{summary, body}. The first line is "ready"."""
import json

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

INTERFACE = """<node><interface name="org.freedesktop.Notifications">
<method name="Notify">
<arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/>
<arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
<arg type="u" direction="out"/></method>
<method name="GetCapabilities"><arg type="as" direction="out"/></method>
<method name="GetServerInformation">
<arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
</method></interface></node>"""


def called(connection, sender, path, interface, method, arguments, call):
    if method == "Notify":
        _, _, _, summary, body, *_ = arguments.unpack()
        print(json.dumps({"summary": summary, "body": body}), flush=True)
        call.return_value(GLib.Variant("(u)", (1,)))
    elif method == "GetCapabilities":
        call.return_value(GLib.Variant("(as)", (["body"],)))
    else:
        call.return_value(GLib.Variant("(ssss)", ("tests", "tests", "1", "1.2")))


def ready(connection, name):
    node = Gio.DBusNodeInfo.new_for_xml(INTERFACE)
    connection.register_object("/org/freedesktop/Notifications", node.interfaces[0], called, None, None)


Gio.bus_own_name(Gio.BusType.SESSION, "org.freedesktop.Notifications", Gio.BusNameOwnerFlags.NONE, ready,
                 lambda *_: print("ready", flush=True), None)
GLib.MainLoop().run()
