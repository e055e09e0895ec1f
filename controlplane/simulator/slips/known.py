"""Every slip of the firm, by its name."""

from controlplane.simulator.slips.billing import BILLING
from controlplane.simulator.slips.contract import CONTRACT
from controlplane.simulator.slips.people import PEOPLE
from controlplane.simulator.slips.revenue import RECOGNITION

SLIPS = {one.fault: one for one in (*CONTRACT, *PEOPLE, *BILLING, *RECOGNITION)}
