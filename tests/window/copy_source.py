"""Holds a file in the clipboard, as a file manager does after "Copy"; prints "copied" when it is there."""

import pathlib
import sys

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

uri = pathlib.Path(sys.argv[1]).absolute().as_uri()
# Only a window that has something selected can own a clipboard from Python.
window = Gtk.Window(title="Something copied")
window.realize()
display = window.get_display()
atom = Gdk.Atom.intern("CLIPBOARD", False)
widget = Gtk.Invisible()
for target in ("text/uri-list", "x-special/gnome-copied-files"):
    Gtk.selection_add_target(widget, atom, Gdk.Atom.intern(target, False), 0)


def give(_widget, data, _info, _time):
    target = data.get_target().name()
    text = f"copy\n{uri}" if target.startswith("x-special") else f"{uri}\r\n"
    data.set(data.get_target(), 8, text.encode())


widget.connect("selection-get", give)
Gtk.selection_owner_set(widget, atom, Gdk.CURRENT_TIME)
print("copied", flush=True)
Gtk.main()
