// A piece heard while it is being made.

export class Preview {
  constructor() {
    this.audio = new Audio();
    this.audio.addEventListener("error", () => this.stop());
  }

  /** Play a job's music from its first beat on; silent where the engine can't. */
  start(jobId) {
    this.audio.volume = 1;
    this.audio.src = `/jobs/${jobId}/audio`;
    this.audio.play().catch(() => {});
  }

  get playing() { return !this.audio.paused && this.audio.currentTime > 0; }

  stop() {
    if (!this.audio.hasAttribute("src")) return;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
  }
}
