"""``energylabel doctor``: what this machine can meter, and what would make it better."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from energylabel.cli.output import LEVELS, MARKS, Output, annotation, clean, talking
from energylabel.errors import MeasurementError

if TYPE_CHECKING:
    from energylabel.records import Diagnosis


@click.command()
@talking("human", "json", "github")
@click.pass_obj
def doctor(output: Output) -> int:
    """Show the hardware, each meter with its remedy, and what a rating would claim.

    Exits with 0 when a rating is possible here, with 4 when not.
    """
    from energylabel.diagnosing import diagnose

    found = diagnose()
    if output.format == "json":
        output.data(json.dumps(found.model_dump(mode="json"), indent=2, ensure_ascii=False))
    elif output.format == "github":
        for each in found.findings:
            title = f"energylabel: {each.name}"
            output.data(annotation(LEVELS[each.outcome], title, each.message, each.remedy or ""))
    else:
        output.data("\n".join(lines(found)))
    return 0 if found.ratable else MeasurementError.exit_code


def lines(found: Diagnosis) -> list[str]:
    """The diagnosis in words, one thing per line."""
    from energylabel.meters import METERS

    hardware = found.hardware
    quota = f", limited to {hardware.cpu_quota:g} CPUs" if hardware.cpu_quota else ""
    virtual = ", virtual machine" if hardware.virtualised else ""
    cores = f"{hardware.physical_cores} cores{quota}"
    memory = f"{hardware.memory_bytes / 1e9:.0f} GB"
    text = [
        f"hardware    {clean(hardware.cpu_model)}, {cores}, {memory}{virtual}",
        f"system      {hardware.system}, {hardware.architecture}",
    ]
    for unit in hardware.gpus:
        room = f"{unit.memory_bytes / 1e9:.0f} GB"
        text.append(f"gpu         {clean(unit.name)}, {room}, driver {clean(unit.driver)}")
    text += [f"numbers     {', '.join(hardware.native_dtypes)} native", "meters"]
    # The meter of recorded readings is for tests and is shown only where a trace is named.
    shown = [m for m in found.meters if m.usable or not METERS.get(m.name).stands_in]
    width = max(len(meter.name) for meter in shown)
    for meter in shown:
        covers = ", ".join(meter.covers) or "time only"
        mark = "ok" if meter.usable else "--"
        text.append(f"  {mark}  {meter.name:<{width}}  {meter.method}, {covers}")
        if not meter.usable:
            text.append(f"      {'':<{width}}  {clean(meter.reason or 'no reason given')}")
            if meter.remedy:
                text.append(f"      {'':<{width}}  remedy: {clean(meter.remedy)}")
    busy = found.busy_share
    text += [
        f"neighbours  {'unknown' if busy is None else f'{busy:.0%} of the processors in use'}",
        "models      run without network, token or their own code"
        if found.network_cut
        else "models      run without token or their own code, and offline by settings alone",
        "versions    " + ", ".join(f"{name} {number}" for name, number in found.versions.items()),
        f"a rating    {f'would be {found.provenance}' if found.ratable else 'is not possible'}",
    ]
    for each in found.findings:
        text.append(f"  {MARKS[each.outcome]} {clean(each.message)}")
        if each.remedy:
            text.append(f"    remedy: {clean(each.remedy)}")
    return text
