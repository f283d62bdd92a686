// @ts-check
/** Reads QR codes by the camera, where the browser can. */

import { element, show, word, write } from "/web/page.js";

/** How often a picture is looked at: fast enough for a person who holds up a phone, slow enough for the battery. */
const LOOK_MS = 200;
/** A code that leaves the picture for less than this is still the same one being held up. */
const GONE_MS = 2000;

/** @returns {any} the browser's detector; not every browser has one */
function detectorClass() {
  return /** @type {any} */ (globalThis).BarcodeDetector;
}

/** @returns {Promise<boolean>} whether this browser reads QR codes by itself and may use a camera */
async function canRead() {
  if (!navigator.mediaDevices?.getUserMedia || !detectorClass()) return false;
  /** @type {string[]} */
  const formats = await detectorClass().getSupportedFormats().catch(() => []);
  return formats.includes("qr_code");
}

/** The button that starts and stops the camera, its picture, and what is said where there is none. */
export class CameraCard {
  #camera;
  #able = false;
  /** The key of what is said below the button. */
  #note = "";

  /** @param {(text: string) => void} onCode */
  constructor(onCode) {
    this.#camera = new Camera(/** @type {HTMLVideoElement} */ (element("video")), onCode);
    element("camera").addEventListener("click", () => (this.#camera.running ? this.stop() : this.#start()));
    canRead().then((able) => {
      this.#able = able;
      this.#note = able ? "" : "camera_absent";
      this.draw();
    });
  }

  async #start() {
    // Refused, taken by another program, or not there: the steward can do the same about each.
    this.#note = await this.#camera.start().then(() => "camera_on", () => "camera_refused");
    if (this.#note === "camera_refused") this.#camera.stop();
    this.draw();
  }

  stop() {
    if (!this.#camera.running) return;
    this.#camera.stop();
    this.#note = "";
    this.draw();
  }

  draw() {
    const { running } = this.#camera;
    show("camera", this.#able);
    show("video", running);
    write("camera", word(running ? "camera_stop" : "camera"));
    write("camera_note", this.#note && word(this.#note));
  }
}

class Camera {
  /** @type {MediaStream | null} */
  #stream = null;
  #video;
  #onCode;
  #last = "";
  #lastAt = -Infinity;

  /**
   * @param {HTMLVideoElement} video
   * @param {(text: string) => void} onCode
   */
  constructor(video, onCode) {
    this.#video = video;
    this.#onCode = onCode;
  }

  get running() {
    return this.#stream !== null;
  }

  /** Throws what the browser says where no camera is there or it may not be used. */
  async start() {
    if (this.#stream) return;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#look(stream, new (detectorClass())({ formats: ["qr_code"] }));
  }

  stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /**
   * @param {MediaStream} stream
   * @param {any} detector
   */
  async #look(stream, detector) {
    while (this.#stream === stream) {
      // A picture that cannot be read yet is followed by one that can.
      const codes = await detector.detect(this.#video).catch(() => []);
      if (codes[0]?.rawValue) this.#saw(codes[0].rawValue);
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  }

  /** @param {string} text */
  #saw(text) {
    const now = performance.now();
    const held = text === this.#last && now - this.#lastAt < GONE_MS;
    this.#last = text;
    this.#lastAt = now;
    if (!held) this.#onCode(text);
  }
}
