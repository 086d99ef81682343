// A short sound for a new message, made by the browser itself. It is silent until the person has touched the page,
// as browsers ask, and wherever they have switched it off.

const NOTES = [
  [660, 0],
  [880, 0.12],
];
const LENGTH_SECONDS = 0.28;
const LOUDNESS = 0.08;

/** @type {AudioContext | null} */
let context = null;

export function chime() {
  if (!navigator.userActivation?.hasBeenActive || !window.AudioContext) return;
  context ??= new AudioContext();
  for (const [frequency, after] of NOTES) {
    const start = context.currentTime + after;
    const tone = new OscillatorNode(context, { frequency, type: "sine" });
    const volume = new GainNode(context, { gain: 0 });
    volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(start);
    tone.stop(start + LENGTH_SECONDS);
  }
}
