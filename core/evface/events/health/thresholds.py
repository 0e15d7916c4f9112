"""From where on something is told, and why there.

Whatever is found stands in the facts; these say when it becomes a reason to look, or makes a
recording bad. Bad means that labels or training would be wrong; look means that someone should know
before an hour is spent on it.
"""

from __future__ import annotations

# --- what is read ---------------------------------------------------------------------------------

# A second or two of decoding; a longer recording is looked at in stretches all over it.
MOST_EVENTS_READ = 100_000_000
# Ten minutes in stretches of a second tell all that is told here.
MOST_STRETCHES = 600

# --- the file -------------------------------------------------------------------------------------

# A bit that flipped loses its neighbourhood. Where one word in a thousand is damaged, hardly a
# millisecond is sound.
BAD_DAMAGED_SHARE = 1e-3
# Sound files have none. More than one in a hundred comes of a wrong size in the header, and then
# the events inside lie at wrong places as well.
BAD_OUTSIDE_SHARE = 0.01
# Read-outs mix up neighbouring events by some microseconds; the time is then as good as the
# sensor's. From a millisecond on, a window of events holds others than it should.
LOOK_LATE_US = 1_000
LOOK_LATE_SHARE = 1e-3
# Every sensor makes noise, so ten seconds without an event are a clock that jumped, or a pause.
JUMP_US = 10_000_000

# --- gaps -----------------------------------------------------------------------------------------

# Events that the rate before and after a gap would have given, at least: by chance none of 25 come
# once in 10**11 milliseconds.
LEAST_LOST_EVENTS = 25.0
# In a gap come this share of the usual events at most: late words of the read-out.
SILENT_SHARE = 0.02
# The rate before and after a gap is taken over this many times its length, within these bounds, in
# bins of a millisecond. A spread above this share of its mean is no even stream that breaks off,
# but events that come in bursts. Beside a long gap light that flickers may spread them more: there
# the last and the first of the shortest side tell that it is no scene that comes to rest, with this
# share of the whole side's rate at least.
SIDE_TIMES, SIDE_BINS = 2, (20, 200)
MOST_SPREAD, MOST_LONG_SPREAD = 0.5, 1.0
ABRUPT_SHARE = 0.5
# A scene that falls silent by itself begins again otherwise; a stream that was cut goes on as it
# was, to within this factor.
LEAST_LIKENESS = 0.3
# From this length on a gap is told as a silence of its own, not as one of many drops.
SILENCE_US = 100_000
# Of so many drops, this share must come after the same time, to within a tenth, to be regular.
REGULAR_DROPS, REGULAR_SHARE = 5, 0.7
# Two per cent of the time: a face moves on between two labels by then.
BAD_LOST_SHARE = 0.02

# --- saturation -----------------------------------------------------------------------------------

# The slowest sensors and links of today give up at some 10 million events a second.
LEAST_LIMIT_HZ = 5e6
# A rate is held when it stays within this share for this long; scenes do so by chance only where
# they change slowly, and then they do not begin or end it abruptly.
HELD_SHARE = 0.01
HELD_US = 200_000
# The rate just before it was held, or just after, as a share of it, at most.
MOST_BESIDE = 0.9
# Light makes events at random: their number varies at least as its square root says. What varies by
# less than half of that variance is held by a limiter.
LIMITED_DISPERSION = 0.5

# --- flicker --------------------------------------------------------------------------------------

# The rate swings by this share of its mean. Less can be seen in the spectrum, but neither in a
# picture nor by a network.
LOOK_MODULATION = 0.2
# Power beside that of the frequencies around it.
LEAST_PEAK = 10.0
# A single spectrum has peaks by chance.
LEAST_SEGMENTS = 2
# Of a part of the picture with fewer events nothing is said.
LEAST_REGION_EVENTS = 2_000

# --- pixels and polarity --------------------------------------------------------------------------

# Share of the events that hot pixels make. Good sensors stay far below.
LOOK_HOT_SHARE, BAD_HOT_SHARE = 0.02, 0.2
# Biases often favour one polarity by two or three to one; from nine to one on, the other is as good
# as lost. A polarity that is missing altogether was lost on the way.
LOOK_ON_SHARE = 0.1
LEAST_POLARITY_EVENTS = 1_000
# Of fewer events in a bin the share of on events says nothing.
LEAST_SHARE_EVENTS = 20

# --- triggers -------------------------------------------------------------------------------------

# A pulse is missing where the time between two is nearer to twice the usual one.
MISSING_PERIODS = 1.5
# A rhythm is one where most times between pulses are alike to within this share.
RHYTHM_SHARE = 0.1
# Video and pulses that differ more than this in their rate do not belong together.
LIKE_RATES = 0.02
