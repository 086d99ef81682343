/** The value below which `share` percent of sorted values lie, between two of them by their distance, as k6 has it. */
export function percentile(sorted, share) {
  if (!(share >= 0 && share <= 100)) throw new Error(`no percentile: ${share}`);
  if (!sorted.length) return 0;
  const place = (share / 100) * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}
