/** Frames of the device's camera, one at a time, until it is stopped. */
export class Camera {
  readonly #video = document.createElement("video");
  readonly #onFrame: (video: HTMLVideoElement) => void;
  #stream: MediaStream | undefined;

  constructor(onFrame: (video: HTMLVideoElement) => void) {
    this.#onFrame = onFrame;
    this.#video.muted = true;
    this.#video.playsInline = true;
  }

  get running(): boolean {
    return this.#stream !== undefined;
  }

  /** @throws Error that says why there is no picture */
  async start(): Promise<void> {
    if (navigator.mediaDevices === undefined) {
      throw new Error("The camera needs a secure page: https, or this device's own address.");
    }
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.#video.srcObject = this.#stream;
      await this.#video.play();
    } catch (error) {
      this.stop();
      const { name, message } = error as DOMException;
      const reasons: Record<string, string> = {
        NotAllowedError: "permission was refused",
        NotFoundError: "this device has none",
        NotReadableError: "something else is using it",
      };
      throw new Error(`No picture from the camera: ${reasons[name] ?? message}.`, { cause: error });
    }
    const next = () => {
      if (!this.running) return;
      this.#onFrame(this.#video);
      requestAnimationFrame(next);
    };
    next();
  }

  stop(): void {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
    this.#stream = undefined;
  }
}
