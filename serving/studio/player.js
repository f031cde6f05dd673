// Plays one take: the mix at once, its stems with mute and solo once they are loaded.

import { localPath } from "./api.js";

const MOST_TRIES = 5;
const SETTLE_MS = 150;
const TOGETHER_S = 0.008;
/** -60 dB: at none at all Chromium changes to another output, as it does when muted, which is 50 ms off. */
const UNHEARD = 0.001;
const FADE_MS = 300;
const FADE_STEPS = 15;

const rest = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

export class Player extends EventTarget {
  constructor() {
    super();
    this.element = new Audio();
    this.element.preload = "auto";
    this.context = null;
    this.stems = new Map();
    this.sources = [];
    this.startedAt = 0;
    this.offset = 0;
    this.mixing = false;
    this.joining = false;
    for (const name of ["play", "pause", "ended"]) this.element.addEventListener(name, () => this.tell());
    this.element.addEventListener("error", () => this.dispatchEvent(new Event("broken")));
    const tick = () => {
      if (this.playing) this.dispatchEvent(new Event("move"));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  tell() { this.dispatchEvent(new Event("state")); }

  get playing() { return this.mixing ? this.sources.length > 0 : !this.element.paused; }

  /** Whether it is heard: taking over from another begins unheard. */
  get sounding() { return this.playing && !this.joining; }

  get duration() { return this.answer?.measured.duration_s || 1; }

  get position() {
    if (!this.mixing) return this.element.currentTime;
    return this.sources.length ? Math.min(this.duration, this.context.currentTime - this.startedAt) : this.offset;
  }

  /** Take another piece; it starts at `position` when told to play on. */
  load(answer, { position = 0 } = {}) {
    this.pause();
    this.mixing = false;
    this.joining = false;
    this.stems.clear();
    this.answer = answer;
    Object.assign(this.element, { src: localPath(answer.downloads?.wav || answer.audio_url), muted: false, volume: 1, currentTime: position });
    this.tell();
  }

  async decode(url) {
    const response = await fetch(localPath(url));
    if (!response.ok) throw new Error(`${url}: HTTP ${response.status}`);
    return new OfflineAudioContext(2, 1, 44100).decodeAudioData(await response.arrayBuffer());
  }

  /** Load the parts; from then on they are what plays. */
  async openMixer(onPart) {
    const { answer } = this;
    this.context ??= new AudioContext();
    for (const [name, url] of Object.entries(answer.stems || {})) {
      const buffer = await this.decode(url);
      if (this.answer !== answer) return;
      const gain = this.context.createGain();
      gain.connect(this.context.destination);
      this.stems.set(name, { buffer, gain, muted: false, solo: false, volume: 1 });
      onPart(name, buffer);
    }
    const { position, playing } = this;
    this.pause();
    this.mixing = true;
    this.offset = position;
    if (playing) this.play();
  }

  play() {
    if (!this.mixing) return this.element.play().catch((error) => this.refused(error));
    this.context.resume();
    if (this.offset >= this.duration - 0.05) this.offset = 0;
    const at = this.context.currentTime + 0.05;
    this.sources = [...this.stems.values()].map(({ buffer, gain }) => {
      const source = new AudioBufferSourceNode(this.context, { buffer });
      source.connect(gain);
      source.start(at, this.offset);
      return source;
    });
    this.startedAt = at - this.offset;
    const [first] = this.sources;
    if (first) first.onended = () => { if (this.sources[0] === first) this.pause(); };
    this.tell();
    return Promise.resolve();
  }

  /** A browser that wants a touch first, and a pause before the start, are no fault of the sound. */
  refused({ name }) {
    if (name !== "NotAllowedError" && name !== "AbortError") this.dispatchEvent(new Event("broken"));
  }

  /** Play on from `leader`, an element that plays the same music: unheard until both are at the same place,
   * since a file takes a moment to start, then in its stead. */
  async takeOver(leader) {
    const { answer, element } = this;
    const leads = () => this.answer === answer && !element.paused && !leader.paused && !leader.ended;
    this.joining = true;
    element.volume = UNHEARD;
    // Only where a page can't set the volume: muting changes how late the sound is.
    element.muted = element.volume > UNHEARD;
    await this.play();
    let lead = 0;
    for (let tries = 0; tries < MOST_TRIES && leads(); tries += 1) {
      element.currentTime = leader.currentTime + lead;
      await rest(SETTLE_MS);
      const behind = leader.currentTime - element.currentTime;
      if (Math.abs(behind) < TOGETHER_S) break;
      lead += behind;
    }
    if (this.answer !== answer) return;
    element.muted = false;
    for (let step = 1; step <= FADE_STEPS; step += 1) {
      element.volume = step / FADE_STEPS;
      leader.volume = 1 - step / FADE_STEPS;
      await rest(FADE_MS / FADE_STEPS);
    }
    this.joining = false;
    this.tell();
  }

  pause() {
    if (!this.mixing) {
      this.element.pause();
      return;
    }
    this.offset = this.position;
    const { sources } = this;
    this.sources = [];
    for (const source of sources) source.stop();
    this.tell();
  }

  toggle() { return this.playing ? this.pause() : this.play(); }

  seek(seconds) {
    const { playing } = this;
    if (this.mixing) {
      this.pause();
      this.offset = seconds;
      if (playing) this.play();
    } else {
      this.element.currentTime = seconds;
    }
    this.dispatchEvent(new Event("move"));
  }

  /** Change a part: {muted}, {solo} or {volume}. */
  set(name, change) {
    Object.assign(this.stems.get(name), change);
    const anySolo = [...this.stems.values()].some((stem) => stem.solo);
    for (const stem of this.stems.values()) {
      const heard = anySolo ? stem.solo : !stem.muted;
      stem.gain.gain.setTargetAtTime(heard ? stem.volume : 0, this.context.currentTime, 0.015);
    }
  }
}
