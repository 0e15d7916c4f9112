import os

from evface.teacher.quiet import silenced


def test_what_goes_past_python_is_lost_inside_and_kept_outside(capfd):
    os.write(1, b"before ")
    with silenced():
        os.write(1, b"inside")
        os.write(2, b"inside")
    os.write(1, b"after")
    os.write(2, b"trouble")
    assert capfd.readouterr() == ("before after", "trouble")
