"""The style sheet behind every piece of HTML that the components write."""

import streamlit as st

from ui.theme import Palette, palette

RULES = """
[data-testid="stMainBlockContainer"]{padding-left:1.6rem;padding-right:1.6rem;
  max-width:1760px;padding-bottom:1rem}
[data-testid="stMainBlockContainer"]>div>[data-testid="stVerticalBlock"]{gap:.85rem}
[data-testid="stSidebar"]{width:212px!important;min-width:212px!important}
[class*="st-key-card"]{background:var(--cp-card)}
h1.cp{margin:0;padding:0;font-size:23px;line-height:1.35;overflow-wrap:anywhere}
.cp-muted{color:var(--cp-muted);font-size:12.5px}
.cp-eyebrow{color:var(--cp-muted);font-size:11px;font-weight:600;letter-spacing:.04em;
  text-transform:uppercase;margin:4px 0 2px}
.cp-num{font-variant-numeric:tabular-nums}
.cp-chip{display:inline-block;padding:1px 8px;border-radius:999px;font-size:12px;
  font-weight:600;white-space:nowrap}
.cp-ok{color:var(--cp-ok-text);background:var(--cp-ok-back)}
.cp-risk{color:var(--cp-risk-text);background:var(--cp-risk-back)}
.cp-breach{color:var(--cp-breach-text);background:var(--cp-breach-back)}
.cp-none{color:var(--cp-none-text);background:var(--cp-none-back)}
.cp-split{display:flex;justify-content:space-between;gap:12px;align-items:start}
.cp-title{font-size:16.5px;font-weight:650;line-height:1.3;overflow-wrap:anywhere}
.cp-figure{font-size:19px;font-weight:700;font-variant-numeric:tabular-nums;white-space:nowrap}
.cp-card-title{display:flex;gap:10px;align-items:baseline;flex-wrap:wrap}
.cp-card-title h3{margin:0;padding:0;font-size:14.5px;font-weight:600}
.cp-body{font-size:13px;line-height:1.45;overflow-wrap:anywhere}
.cp-facts{display:grid;gap:3px 12px;font-size:13px;
  grid-template-columns:minmax(0,1.1fr) minmax(0,1.2fr) minmax(0,1fr)}
.cp-facts>*{overflow-wrap:anywhere}
.cp-facts b{font-weight:600;font-variant-numeric:tabular-nums}
.cp-facts:not(.cp-two) span:nth-child(3n){text-align:right}
.cp-two{grid-template-columns:minmax(0,1fr) minmax(0,1.6fr)}
.cp-fact a{color:var(--cp-primary);text-decoration:none}
.cp-fact{margin:7px 0 0;font-size:13px;padding-left:9px;border-left:2px solid var(--cp-line)}
.cp-promise{margin-top:8px;font-size:13px}
.cp-promise .cp-bar{margin:3px 0 2px}
.cp-body details{margin-top:3px}
summary{cursor:pointer}
summary:focus-visible{outline:2px solid var(--cp-primary);outline-offset:2px}
.cp-beside{margin-top:8px;font-size:13px;line-height:1.4}
.cp-beside div{padding:5px 0}
.cp-beside span{color:var(--cp-muted)}
.cp-id{font-variant-numeric:tabular-nums;white-space:nowrap}
.cp-line{border-left:2px solid var(--cp-line);margin:4px 0 0 6px}
.cp-step{position:relative;padding:0 0 9px 16px;font-size:13px;line-height:1.35;
  overflow-wrap:anywhere}
.cp-step b{font-weight:600}
.cp-step::before{content:"";position:absolute;left:-6px;top:4px;width:10px;height:10px;
  box-sizing:border-box;border-radius:50%;background:var(--cp-none);
  border:2px solid var(--cp-card)}
.cp-step.t-ok::before{background:var(--cp-ok)}
.cp-step.t-risk::before{background:var(--cp-risk)}
.cp-step.t-breach::before{background:var(--cp-breach);border-radius:0;transform:rotate(45deg)}
.cp-row{display:grid;gap:10px;align-items:center;padding:6px 0;font-size:13px;line-height:1.4;
  border-bottom:1px solid var(--cp-grid);color:var(--cp-text)!important;
  text-decoration:none!important}
.cp-row>*{min-width:0}
a.cp-row:hover{background:var(--cp-none-back)}
.cp-clip{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;display:block}
.cp-bar{height:8px;border-radius:6px;background:var(--cp-none-back);position:relative;
  overflow:hidden;margin-top:8px}
.cp-bar i{display:block;height:100%}
.cp-legend{display:flex;gap:4px 16px;flex-wrap:wrap;font-size:12.5px;color:var(--cp-muted)}
.cp-legend i{display:inline-block;width:14px;height:9px;border-radius:2px}
.cp-figures{display:flex;gap:8px 26px;flex-wrap:wrap}
.cp-figures div div{font-size:18px;font-weight:700;font-variant-numeric:tabular-nums}
.cp-empty{text-align:center;padding:12px;max-width:46ch}
.cp-empty div{font-size:34px;line-height:1.2}
.cp-code{font:12px/1.55 ui-monospace,Menlo,Consolas,monospace;white-space:pre;overflow:auto;
  border:1px solid var(--cp-line);border-radius:8px;padding:6px 12px;max-height:360px}
.cp-tiles{font-size:12.5px;gap:6px 24px}
.cp-tiles b{color:var(--cp-text);font-weight:600}
.cp-code .cp-ok,.cp-code .cp-breach,.cp-code .cp-none{margin:0 -12px;padding:0 12px}
.cp-way{display:flex;flex-wrap:wrap;gap:3px;font-size:12px;line-height:1.7}
.cp-way span{flex:1 1 auto;text-align:center;padding:0 8px;white-space:nowrap;font-weight:600;
  border-radius:4px}
.cp-past{color:var(--cp-ok-text);border-bottom:2px solid var(--cp-ok)}
.cp-ahead{color:var(--cp-muted);border-bottom:2px solid var(--cp-line)}
.cp-verdict{padding:8px 12px;border-radius:8px;font-size:13px;margin:4px 0}
.cp-verdict b{font-weight:600}
.cp-finding{padding:8px 0;border-bottom:1px solid var(--cp-grid);font-size:13px;line-height:1.45;
  overflow-wrap:anywhere}
.cp-finding code,.cp-list code{background:none;padding:0;color:var(--cp-text);font-size:12px}
.cp-sides{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin:4px 0}
.cp-sides div{border-radius:6px;padding:4px 8px;min-width:0}
.cp-sides span{display:block;font-size:11px;opacity:.85}
.cp-sides code{color:inherit;background:none;padding:0;font-size:12px;white-space:pre-wrap}
.cp-said{margin-top:3px;padding-left:9px;border-left:2px solid var(--cp-line)}
.cp-block{display:grid;grid-template-columns:118px 1fr;gap:10px;align-items:start;font-size:13px;
  line-height:1.4;padding:6px 0;border-bottom:1px solid var(--cp-grid);overflow-wrap:anywhere}
.cp-block>.cp-chip{justify-self:start}
.cp-head{border-bottom:1px solid var(--cp-line)}
.cp-list a{color:var(--cp-primary)}
.cp-list{margin:4px 0 0;padding-left:18px;font-size:13px}
[class*="st-key-icon_"] button p{position:absolute;width:1px;height:1px;overflow:hidden;
  clip-path:inset(50%);white-space:nowrap}
[class*="st-key-icon_"] button span{gap:0}
[data-variant="segmented_control"][aria-checked="true"] p{color:var(--cp-primary)}
.st-key-incidents{flex-wrap:nowrap!important}
.st-key-incidents>div:has(button){min-width:0;flex:0 1 auto!important}
.st-key-incidents button{max-width:100%}
.st-key-incidents button p{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.st-key-back{display:none}
.st-key-actions button{padding:.3rem .6rem}
@media (max-width:1180px){
  .cp-way{display:grid;grid-template-columns:repeat(3,1fr)}
  [class*="st-key-wide_"]>[data-testid="stHorizontalBlock"],
  [class*="st-key-wide_"]>div>[data-testid="stHorizontalBlock"]{flex-direction:column}
  [class*="st-key-wide_"] [data-testid="stColumn"]{width:100%!important;flex:1 1 auto!important}
  .st-key-card_flow,.st-key-card_trend,.st-key-card_held,.st-key-card_first{height:auto!important}
}
@media (min-width:641px) and (max-width:1180px){
  [class*="st-key-split_"] [data-testid="stColumn"]{flex:1 1 0!important;width:0!important;
    min-width:0!important}
}
@media (max-width:640px){
  .st-key-back{display:flex}
  .st-key-incidents{flex-wrap:wrap!important}
  .st-key-split_open>[data-testid="stHorizontalBlock"],
  .st-key-split_open>div>[data-testid="stHorizontalBlock"]{flex-direction:column-reverse}
  .st-key-card_detail,.st-key-card_contract{height:auto!important;max-height:none!important}
  [data-testid="stMainBlockContainer"]{padding-left:.8rem;padding-right:.8rem}
  .cp-facts{grid-template-columns:minmax(0,1fr) minmax(0,1.4fr)}
  .cp-facts:not(.cp-two) span:nth-child(3n){grid-column:2;text-align:left;margin-top:-3px}
}
"""


def variables(colours: Palette) -> str:
    named = {
        name: value
        for name in colours.__struct_fields__
        if isinstance(value := getattr(colours, name), str) and value.startswith("#")
    }
    return ";".join(f"--cp-{name.replace('_', '-')}:{value}" for name, value in named.items())


def colours() -> Palette:
    """Return the palette of the theme that the reader sees."""
    return palette(st.context.theme.type)


def apply() -> None:
    st.html(f"<style>:root{{{variables(colours())}}}{RULES}</style>")
