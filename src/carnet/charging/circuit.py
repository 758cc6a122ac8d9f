"""The circuit a session is about: a battery, a power stage, the current between them, and what people do to it.

It is the one thing both twins share beside the bus. The current ramps to the lowest of all limits, unless a recorded or
real charger says what it is.
Units: V, A, kWh; simulated time in microseconds. Reading order: Battery, Supply, World.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .protocol import Side

RAMP_A_PER_S = 20.0
FALL_A_PER_S = 200.0


@dataclass
class Battery:
    """The vehicle's side of the model."""

    max_voltage: float
    max_current: float
    capacity_ah: float = 150.0
    soc: float = 40.0
    stop_at_soc: float = 100.0
    temperature_c: float = 25.0
    resistance_ohm: float = 0.05

    @property
    def open_voltage(self) -> float:
        """Between 82 and 98 % of the highest voltage, straight in the state of charge."""
        return self.max_voltage * (0.82 + 0.16 * self.soc / 100)

    @property
    def energy_kwh(self) -> float:
        return self.capacity_ah * self.max_voltage * 0.9 / 1000


@dataclass
class Supply:
    """The charger's side of the model."""

    max_voltage: float
    max_current: float
    min_voltage: float = 150.0
    max_power_kw: float = math.inf


@dataclass
class World:
    """What both sides share: the circuit, the acts, what the fitter does."""

    battery: Battery
    supply: Supply
    stop_after_s: float = 20.0
    current: float = 0.0
    demand: float = 0.0
    delivered_kwh: float = 0.0
    started: int | None = None
    now: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    version: int = 0
    asked: float | None = None  # of a gateway's face: the current the other side's vehicle asks for
    voltage: float | None = None  # of a gateway's face, a log or a device: what the other side's charger measures
    measured: float | None = None  # the current a recorded or real charger says it delivers

    def flag(self, name: str, value: int = 1) -> None:
        if self.flags.get(name) != value:
            self.flags[name] = value
            self.version += 1

    @property
    def fits(self) -> bool:
        """Whether the charger can reach the battery's voltage at all."""
        return (
            self.supply.min_voltage <= self.battery.open_voltage and self.battery.max_voltage <= self.supply.max_voltage
        )

    def step(self, seconds: float) -> None:
        """The circuit for one step: the current ramps to the lowest of all limits, energy flows."""
        battery, supply = self.battery, self.supply
        voltage = battery.open_voltage + self.current * battery.resistance_ohm
        running = self.acts.get("delivering", 0) and not self.flags.get("stopping")
        wanted = (
            min(battery.max_current, supply.max_current, supply.max_power_kw * 1000 / max(voltage, 1.0), self.demand)
            if running
            else 0.0
        )
        step = (RAMP_A_PER_S if wanted > self.current else FALL_A_PER_S) * seconds
        if self.measured is not None:
            self.current = self.measured
        elif wanted > self.current:
            self.current = min(wanted, self.current + step)
        else:
            self.current = max(wanted, self.current - step)
        power = voltage * self.current
        self.delivered_kwh += power * seconds / 3.6e6
        battery.soc = min(100.0, battery.soc + power * seconds / 3.6e6 / battery.energy_kwh * 100)
        if self.current > 0 and battery.soc >= battery.stop_at_soc:
            self.flag("full")
            self.flag("vehicle_stop")
        if self.acts.get("delivering") and self.started is None:
            self.started = self.now
        if (
            self.started is not None
            and (self.now - self.started) / 1e6 >= self.stop_after_s
            and not self.flags.get("vehicle_stop")
        ):
            self.flag("user")
            self.flag("charger_stop")

    def quantity(self, name: str, side: Side) -> float:
        """A named quantity of the model as that side sees it; '-' its negative."""
        sign, bare = (-1.0, name[1:]) if name.startswith("-") else (1.0, name)
        battery, supply = self.battery, self.supply
        voltage = battery.open_voltage + self.current * battery.resistance_ohm
        if self.voltage is not None and self.current > 0:
            voltage = self.voltage
        elapsed = (self.now - self.started) / 60e6 if self.started is not None else 0.0
        closed = bool(self.acts.get("delivering")) or bool(self.acts.get("closed"))
        left = max(0.0, (battery.stop_at_soc - battery.soc) / 100 * battery.energy_kwh)
        table = {
            "max_voltage": battery.max_voltage if side == "vehicle" else supply.max_voltage,
            "max_current": battery.max_current if side == "vehicle" else supply.max_current,
            "min_voltage": supply.min_voltage,
            "max_cell_voltage": 3.65,
            "cell_voltage": round(3.0 + 0.6 * battery.soc / 100, 2),
            "capacity": battery.capacity_ah,
            "rated_voltage": battery.max_voltage * 0.9,
            "energy": battery.energy_kwh,
            "soc": battery.soc,
            "soc_whole": float(int(battery.soc)),
            "battery_voltage": voltage,
            "demand_voltage": battery.max_voltage,
            "demand_current": battery.max_current if self.asked is None else min(self.asked, battery.max_current),
            "current": self.current,
            "output_voltage": voltage if closed else battery.max_voltage if self.testing else 0.0,
            "temperature": battery.temperature_c,
            "remaining": min(250.0, float(int(left / max(voltage * max(self.current, 1.0) / 1000, 0.1) * 60))),
            "elapsed": float(int(elapsed)),
            "delivered": self.delivered_kwh,
            "threshold": min(battery.max_voltage, supply.max_voltage),
        }
        return sign * table[bare]

    @property
    def testing(self) -> bool:
        """During the insulation check the charger puts a voltage on its own output."""
        return bool(self.acts.get("locked")) and not self.acts.get("insulated")
