// How numbers, times and sizes are written in a panel.

const grouped = new Intl.NumberFormat("en-US");

/** A value with the digits that matter: 0.04127, 12.5, 1.3e-7, NaN. */
export function formatValue(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return grouped.format(value).replace("-", "−");
  if (size < 1e-4 || size >= 1e9) {
    const short = Number(value.toPrecision(Math.max(digits - 1, 1)));
    return short.toExponential().replace("e+", "e").replaceAll("-", "−");
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

/** A step, with thousands separated; steps may be fractions. */
export function formatStep(step: number): string {
  return Number.isInteger(step) ? grouped.format(step) : formatValue(step, 7);
}

/** Seconds as "42 s", "3 m 07 s", "2 h 05 m", "4 d 3 h". */
/** A place on a time axis: short ones with fractions, as many ticks lie within a second. */
export function formatTime(seconds: number): string {
  return Math.abs(seconds) < 60 ? `${Number(seconds.toPrecision(3))} s` : formatDuration(seconds);
}

export function formatDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} m ${two(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))} m`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/** Steps per second as "45 steps/s"; slower than one a second as "2.1 s/step". */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return "";
  if (perSecond >= 1) return `${formatValue(perSecond, perSecond >= 100 ? 3 : 2)} steps/s`;
  return `${formatValue(1 / perSecond, 2)} s/step`;
}
