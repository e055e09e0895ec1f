from ui.components.timeline import Step, timeline_html


def test_a_note_from_outside_cannot_write_html():
    drawn = timeline_html([Step(title="<b onclick=x>Acknowledged</b>", below="<script>")])
    assert "<script>" not in drawn
    assert "<b onclick" not in drawn
    assert "&lt;script&gt;" in drawn


def test_a_broken_step_has_its_own_shape():
    assert 't-breach"' in timeline_html([Step(title="Opened", state="breached")])
