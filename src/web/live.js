// @ts-check
/** The newest tally from the server: a fetch stream of server-sent events, or plain requests where streams are held up. */

import { within } from "/web/answers.js";
import { reason } from "/web/page.js";

/**
 * The counts as the server states them (`GET /api/tally`); pages show them and compute none.
 * @typedef {object} Tally
 * @property {number} size
 * @property {string} root
 * @property {string} at
 * @property {"waiting" | "running" | "ended" | "closed"} phase
 * @property {boolean} final
 * @property {number} registered
 * @property {number} ever_joined
 * @property {number} in_lesson
 * @property {number} connections
 * @property {number} present
 * @property {number} present_bridged
 * @property {{count: number, at: string[]}} peak
 * @property {number} full_lesson
 * @property {number} certifiable
 * @property {number} certifiable_strict
 * @property {number} can_qualify
 * @property {Record<"id" | "en", string>} rule
 */

/** A stream that brings nothing for this long is given up and opened again. */
const SILENCE_MS = 10000;
/** How often plain requests ask, and how many of them come before the stream is tried again. */
const POLL_MS = 1000;
const POLLS = 30;
/** After so many streams without a single tally, something on the way holds them up. */
const STREAMS_MAX = 2;

export class Refused extends Error {}

/**
 * Follows the attempt until the token is refused.
 * @param {string} token
 * @param {(tally: Tally & Record<string, any>) => void} onTally
 * @returns {Promise<never>}
 */
export async function follow(token, onTally) {
  for (let dry = 0; ; ) {
    let brought = false;
    const take = (/** @type {any} */ tally) => {
      brought = true;
      onTally(tally);
    };
    try {
      if (dry < STREAMS_MAX) await stream(token, take);
      else await poll(token, take);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    dry = brought || dry >= STREAMS_MAX ? 0 : dry + 1;
    await pause(500 + Math.random() * 1500);
  }
}

/**
 * Asks the staff API; a token that it does not know is `Refused`.
 * @param {string} path
 * @param {string} token
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export async function ask(path, token, options = {}) {
  const headers = { ...options.headers, authorization: `Bearer ${token}` };
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.status === 401 || response.status === 403) throw new Refused(await problem(response));
  return response;
}

/**
 * What the server says is wrong, and what to do.
 * @param {Response} response
 * @returns {Promise<string>}
 */
export async function problem(response) {
  return reason(await response.json().catch(() => ({}))) || `HTTP ${response.status}`;
}

/**
 * @param {string} token
 * @param {(tally: any) => void} take
 */
async function stream(token, take) {
  const abort = new AbortController();
  let silence = setTimeout(() => abort.abort(), SILENCE_MS);
  try {
    const response = await ask("/api/live", token, { signal: abort.signal, headers: { accept: "text/event-stream" } });
    if (!response.ok || !response.body) return;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parse = parser((data) => {
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(), SILENCE_MS);
      take(JSON.parse(data));
    });
    for (let part = await reader.read(); !part.done; part = await reader.read()) parse(part.value);
  } finally {
    clearTimeout(silence);
    abort.abort();
  }
}

/**
 * Splits a stream of server-sent events into their data.
 * @param {(data: string) => void} onData
 * @returns {(chunk: string) => void}
 */
export function parser(onData) {
  let rest = "";
  /** @type {string[]} */
  let data = [];
  return (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map((text) => text.replace(/\r$/, ""))) {
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      if (line !== "" || data.length === 0) continue;
      onData(data.join("\n"));
      data = [];
    }
  };
}

/**
 * @param {string} token
 * @param {(tally: any) => void} take
 */
async function poll(token, take) {
  for (let count = 0; count < POLLS; count += 1) {
    const tally = await within(SILENCE_MS, async (signal) => {
      const response = await ask("/api/tally", token, { signal });
      return response.ok ? response.json() : null;
    });
    if (tally === null) return;
    take(tally);
    await pause(POLL_MS);
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
