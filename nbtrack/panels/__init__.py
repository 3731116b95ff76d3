"""Live panels (anywidget), what they are told over the wire, and their script-free stills."""
