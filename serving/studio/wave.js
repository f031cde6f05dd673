// The waveform: peaks, beat grid, playhead, and the way to move in it.

const PEAKS = 1200;

/** Largest magnitude in each of `count` stretches of a decoded file. */
export function peaksOf(buffer, count = PEAKS) {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, i) => buffer.getChannelData(i));
  const step = buffer.length / count;
  return Float32Array.from({ length: count }, (_, i) => {
    let peak = 0;
    const end = Math.min(buffer.length, Math.floor((i + 1) * step));
    for (const channel of channels) {
      for (let at = Math.floor(i * step); at < end; at += 4) peak = Math.max(peak, Math.abs(channel[at]));
    }
    return peak;
  });
}

export class Wave {
  /** @param canvas focusable canvas; arrow keys and clicks call `onSeek(seconds)`. */
  constructor(canvas, { onSeek }) {
    this.canvas = canvas;
    this.peaks = null;
    this.duration = 1;
    this.position = 0;
    this.beat = null;
    const seekTo = (event) => {
      const box = canvas.getBoundingClientRect();
      onSeek(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * this.duration);
    };
    canvas.addEventListener("pointerdown", (event) => { seekTo(event); canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => { if (event.buttons) seekTo(event); });
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 5, ArrowLeft: -5, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      onSeek(Math.max(0, Math.min(this.duration - 0.05, this.position + step)));
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  show({ peaks, duration, beat }) {
    Object.assign(this, { peaks, duration, beat });
    this.draw();
  }

  move(position) {
    this.position = position;
    this.canvas.setAttribute("aria-valuenow", position.toFixed(1));
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * scale);
    const height = Math.round(canvas.clientHeight * scale);
    if (!width) return;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, width, height);
    this.drawBeats(context, width, height, colour("--line"), scale);
    this.drawPeaks(context, width, height, colour("--wave"), colour("--accent"), scale);
    const x = (this.position / this.duration) * width;
    context.fillStyle = colour("--ink");
    context.fillRect(x, 0, 1.5 * scale, height);
  }

  drawBeats(context, width, height, colour, scale) {
    if (!this.beat) return;
    const { beat_s: beatS, beats_per_bar: perBar, beats_s: played } = this.beat;
    const timeOf = (beat) => (played ? played[beat] ?? Infinity : beat * beatS);
    const barWidth = ((beatS * perBar) / this.duration) * width;
    const every = barWidth < 8 * scale ? 4 : 1;
    context.fillStyle = colour;
    for (let bar = 0; timeOf(bar * perBar) < this.duration; bar += every) {
      context.fillRect((timeOf(bar * perBar) / this.duration) * width, 0, scale, height);
    }
    if (barWidth < 40 * scale) return;
    for (let beat = 0; timeOf(beat) < this.duration; beat += 1) {
      context.fillRect((timeOf(beat) / this.duration) * width, height * 0.44, scale, height * 0.12);
    }
  }

  drawPeaks(context, width, height, colour, played, scale) {
    if (!this.peaks) return;
    const bar = 2 * scale;
    const gap = scale;
    const count = Math.floor(width / (bar + gap));
    const top = Math.max(0.05, ...this.peaks);
    for (let i = 0; i < count; i += 1) {
      const from = Math.floor((i / count) * this.peaks.length);
      const to = Math.max(from + 1, Math.floor(((i + 1) / count) * this.peaks.length));
      let peak = 0;
      for (let at = from; at < to; at += 1) peak = Math.max(peak, this.peaks[at]);
      const size = Math.max(bar, (peak / top) * height * 0.92);
      context.fillStyle = (i / count) * this.duration < this.position ? played : colour;
      context.fillRect(i * (bar + gap), (height - size) / 2, bar, size);
    }
  }
}
