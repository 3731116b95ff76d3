"""A document below a cell: alive in a frame without an origin, and its text where notebooks take frames out.

The frame is that of the panel (js/src/viewers/html/frame.ts, which says why there are two): scripts run,
nothing gets in or out. A notebook that is not trusted is shown without `style`, `iframe` and `script`: what
is left then is the excerpt, which the style hides as long as the frame stands before it.
"""

from __future__ import annotations

import html
import json
import re
from secrets import token_hex

#: of a document that is put into the notebook; of larger ones only the excerpt
MAX_BYTES = 512 * 1024
SANDBOX = "allow-scripts"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "style-src 'unsafe-inline' data:; img-src data: blob:; media-src data: blob:; font-src data:; "
    "worker-src blob: data:; connect-src data: blob:; form-action 'none'"
)
#: CSS pixels: before the document has said its height, and at most
_FIRST, _MOST = 120, 640
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
_META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
#: neither this output's page nor the document inside knows the notebook's theme: both are light
_LIGHT = "<style>:root{color-scheme:light}</style>"

#: tells the notebook the height of the document; of the frame in the frame, hence the parent's parent
_REPORT = """<script>(()=>{const say=()=>parent.parent.postMessage({nbtrackFrame:%s,height:(e=>
e.scrollHeight>innerHeight?e.scrollHeight:e.getBoundingClientRect().height)(document.documentElement)},'*');
addEventListener('load',say);new ResizeObserver(say).observe(document.documentElement)})()</script>"""
#: hears it, of this frame only, as long as the frame is there
_HEAR = """<script>(()=>{const id=%s,frame=document.getElementById(id);const hear=({source,data})=>{
if(!frame?.isConnected)return removeEventListener('message',hear);
if(frame.contentWindow.length&&source===frame.contentWindow[0]&&data?.nbtrackFrame===id&&isFinite(data.height))
frame.style.height=Math.min(Math.max(Math.ceil(data.height),24),%d)+'px'};addEventListener('message',hear)})()</script>"""


def with_frame(drawn: str | None, blob: bytes) -> str | None:
    """Return what to show of a bare document.

    Args:
        drawn: its excerpt.
        blob: the document, UTF-8.
    """
    if len(blob) > MAX_BYTES:
        note = f'<br><small style="opacity:.7">log it to see all {len(blob) / 1e6:.1f} MB</small>'
        return f"{drawn or ''}{note}"
    name = f"nbtrack-{token_hex(8)}"
    return (
        "<style>.nbtrack-frame + .nbtrack-words { display: none }</style>"
        f'<iframe id="{name}" class="nbtrack-frame" sandbox="{SANDBOX}" srcdoc="{_walled(blob, name)}" '
        f'style="width:100%;height:{_FIRST}px;border:1px solid #8884;border-radius:3px;background:#fff">'
        "</iframe>"
        f'<div class="nbtrack-words">{drawn or ""}</div>{_HEAR % (json.dumps(name), _MOST)}'
    )


def _walled(blob: bytes, name: str) -> str:
    """Return, as an attribute, the page around the document: what is framed in it can go nowhere."""
    markup = blob.decode("utf-8", "replace")
    doctype = _DOCTYPE.match(markup)
    head = doctype[0] if doctype else "<!doctype html>"
    rest = markup[doctype.end() :] if doctype else markup
    inner = f"{head}{_META}{_LIGHT}{_REPORT % json.dumps(name)}{rest}"
    page = (
        f"<!doctype html>{_META}{_LIGHT}<style>body{{margin:0}}iframe{{display:block;border:0;width:100%;"
        f'height:100vh}}</style><iframe sandbox="{SANDBOX}" srcdoc="{html.escape(inner)}"></iframe>'
    )
    return html.escape(page)
