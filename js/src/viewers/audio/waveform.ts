// The waveform of one sound, as fine as it is looked at: the overview comes first, the pyramid with the first zoom, the
// samples where there are fewer of them than pixels.

import { type Signal, signal } from "@preact/signals";
import type { Io } from "../../core/io";
import { messageOf } from "../../core/message";
import type { MediaRow } from "../../core/wire";
import { numberOf, partOf } from "../playback/source";
import { covers, type Level, levelFor, loudest, overviewOf, pyramidOf, samplesLevel } from "./peaks";
import { readerOf, type SampleReader } from "./samples";

/** Samples of a stretch that is read from the file; a sound that was stored without a pyramid has coarser steps. */
const WIDEST = 2 ** 22;

export class Waveform {
  /** Counts up when there is more to draw. */
  readonly version: Signal<number> = signal(0);
  readonly error: Signal<string | null> = signal(null);
  /** Of the loudest sample, 0 to 1. */
  loudest = 0;
  /** Samples of a channel; 0 while that is not known. */
  samples: number;
  rate: number;
  #levels: Level[] = [];
  /** The samples that were read last. */
  #near: Level | null = null;
  #reader: Promise<SampleReader> | null = null;
  #pyramid: Promise<void> | null = null;
  readonly #stop = new AbortController();
  #reading: AbortController | null = null;

  constructor(
    readonly io: Io,
    readonly run: string,
    readonly row: MediaRow,
  ) {
    this.samples = numberOf(row, "samples") ?? 0;
    this.rate = numberOf(row, "sample_rate") ?? 0;
    this.#overview().catch(this.#say);
  }

  get channels(): number {
    return this.#levels[0]?.channels.length ?? numberOf(this.row, "channels") ?? 1;
  }

  /** What to draw the samples from `from` to `to` with, `perPixel` of them a pixel. */
  level(from: number, to: number, perPixel: number): Level | null {
    const best = levelFor(this.#levels, perPixel);
    const near = this.#near;
    return near && best && best.block > perPixel && covers(near, from, to, this.samples) ? near : best;
  }

  /** Fetch what is missing to draw that; what was asked for before and has not come is not needed any more. */
  want(from: number, to: number, perPixel: number): void {
    this.#reading?.abort();
    this.#reading = null;
    this.error.value = null;
    const best = this.level(from, to, perPixel);
    if (!best || best.block <= perPixel) return;
    if (Array.isArray(this.row.meta.levels) && !this.#pyramid) {
      this.#pyramid = this.#fetchPyramid();
      this.#pyramid.then(() => this.#changed()).catch(this.#say);
      return;
    }
    const finest = Math.min(...this.#levels.map((level) => level.block));
    if (perPixel >= finest || to - from > WIDEST) return;
    const stop = new AbortController();
    this.#reading = stop;
    this.#readNear(from, to, stop.signal).catch((reason: unknown) => {
      if (!stop.signal.aborted) this.#say(reason);
    });
  }

  release(): void {
    this.#stop.abort();
    this.#reading?.abort();
  }

  async #overview(): Promise<void> {
    const [sha, stretches] = [partOf(this.row, "peaks"), numberOf(this.row, "peaks") ?? 0];
    if (sha && this.samples > 0) {
      const level = overviewOf(await this.#file(sha), stretches, this.samples);
      if (level) {
        this.#hold([level]);
        return;
      }
    }
    // Nothing is stored of what could not be read where it was logged.
    const reader = await this.reader();
    [this.samples, this.rate] = [reader.length, reader.rate];
    this.#hold([samplesLevel((await reader.read(0, reader.length, this.#stop.signal)).channels, 0)]);
  }

  async #fetchPyramid(): Promise<void> {
    const sha = partOf(this.row, "pyramid");
    const blocks = (this.row.meta.levels as unknown[]).map(Number);
    const levels = sha && pyramidOf(await this.#file(sha), blocks, this.samples, this.channels);
    if (levels) this.#levels.push(...levels);
  }

  async #readNear(from: number, to: number, signal: AbortSignal): Promise<void> {
    const reader = await this.reader();
    signal.throwIfAborted();
    // As much again on both sides: who moves along need not wait.
    const { channels, first } = await reader.read(2 * from - to, 2 * to - from, signal);
    signal.throwIfAborted();
    this.#near = samplesLevel(channels, first);
    this.#changed();
  }

  /** What reads its samples. */
  reader(): Promise<SampleReader> {
    if (!this.#reader) {
      this.#reader = readerOf(this.io, this.run, this.row, this.#stop.signal);
      this.#reader.catch(() => {
        this.#reader = null;
      });
    }
    return this.#reader;
  }

  async #file(sha: string): Promise<ArrayBuffer> {
    return await (await this.io.blob(this.run, sha, null, this.#stop.signal)).arrayBuffer();
  }

  #hold(levels: Level[]): void {
    this.#levels = levels;
    this.loudest = Math.max(...levels.map(loudest));
    this.#changed();
  }

  #changed(): void {
    if (this.#stop.signal.aborted) return;
    this.error.value = null;
    this.version.value++;
  }

  readonly #say = (reason: unknown): void => {
    if (!this.#stop.signal.aborted) this.error.value = messageOf(reason);
  };
}
