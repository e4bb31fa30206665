import subprocess
import sys

import pytest
from support.evidence import make_hardware

from energylabel.meters import METERS

HARDWARE = make_hardware()


@pytest.mark.parametrize("name", METERS.found)
def test_contract(name: str):
    meter = METERS.found[name]
    assert meter.name == name
    assert meter.method in {"hardware-counter", "sampled-power", "load-model", "cpu-time"}
    assert meter.covers <= {"cpu", "dram", "gpu"}
    for hardware in (HARDWARE, make_hardware(cpu_model="", virtualised=None, physical_cores=1)):
        found = meter.probe(hardware)
        assert found.usable or found.reason


def test_importing_the_meters_pulls_in_nothing_heavy():
    code = (
        "import sys; from energylabel.meters import METERS; METERS.found\n"
        "print([name for name in ('torch', 'transformers', 'codecarbon', 'pandas', 'numpy')"
        " if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
