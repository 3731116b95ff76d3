// The way to the kernel: the ask model, and whether anybody lives behind it.

import { type Signal, signal } from "@preact/signals";
import { type Answer, type ArgsOf, type AskModel, type Op, Rpc, RpcError } from "./rpc";

/** The bare widget model of the host; hosts differ, so everything beyond send/on/off is optional. */
interface BareModel extends AskModel {
  comm_live?: boolean;
  on(event: string, callback: (message: unknown, buffers: DataView[]) => void): void;
  off(event: string, callback: (message: unknown, buffers: DataView[]) => void): void;
}

interface BareManager {
  get_model?(id: string): Promise<BareModel | undefined>;
  kernel?: { status?: string } | null;
}

const GONE_STATUS = new Set(["dead", "terminating"]);

export class Kernel {
  readonly gone: Signal<boolean> = signal(false);
  /** Why it is gone, in a few words. */
  readonly reason: Signal<string> = signal("kernel gone");
  /** What the host says of the kernel; null where it says nothing. */
  readonly busy: Signal<boolean | null> = signal(null);
  /** Questions that ran into their time limit since the last sign of life. */
  readonly unanswered: Signal<number> = signal(0);

  readonly #manager: BareManager | undefined;
  readonly #askModel: string;
  readonly #rpc: Rpc;
  #watching = false;

  constructor(manager: unknown, askModel: string) {
    this.#manager = manager as BareManager | undefined;
    this.#askModel = askModel.replace(/^(IPY_MODEL_|anywidget:)/, "");
    this.#rpc = new Rpc(() => this.#connect());
  }

  async ask<O extends Op>(op: O, args: ArgsOf<O>, stop?: AbortSignal): Promise<Answer> {
    if (this.gone.value) throw new RpcError("Closed", this.reason.value);
    try {
      const answer = await this.#rpc.ask(op, args, { signal: stop });
      this.heard();
      return answer;
    } catch (error) {
      if (error instanceof RpcError && error.type === "Timeout") this.unanswered.value++;
      throw error;
    }
  }

  /** The kernel gave a sign of life. */
  heard(): void {
    this.unanswered.value = 0;
  }

  lost(reason: string): void {
    if (this.gone.value) return;
    this.reason.value = reason;
    this.gone.value = true;
    this.#rpc.close(reason);
  }

  /**
   * Notice a restart: the widget manager then marks each model as not live, without any message on the page.
   * Where the host does not let us see its models, the panel goes by what answers.
   */
  async watch(stop: AbortSignal): Promise<void> {
    if (this.#watching || !this.#manager?.get_model) return;
    this.#watching = true;
    let model: BareModel;
    try {
      model = await this.#connect();
    } catch {
      // The host knows its models, and this one is not among them: the page outlived its kernel.
      this.lost("kernel gone");
      return;
    }
    if (stop.aborted) return;
    const look = (): void => {
      if (model.comm_live === false) this.lost("kernel gone");
    };
    const closed = (): void => this.lost("closed by the kernel");
    model.on("comm_live_update", look);
    model.on("comm:close", closed);
    stop.addEventListener(
      "abort",
      () => {
        model.off("comm_live_update", look);
        model.off("comm:close", closed);
      },
      { once: true },
    );
    look();
  }

  /** Read the kernel's status where the host shows it. */
  look(): void {
    const manager = this.#manager;
    if (!manager || !("kernel" in manager)) return;
    const status = manager.kernel?.status;
    if (manager.kernel === null || (status && GONE_STATUS.has(status))) this.lost("kernel gone");
    this.busy.value = status === undefined ? null : status === "busy";
  }

  close(): void {
    this.#rpc.close("the panel was closed");
  }

  async #connect(): Promise<BareModel> {
    const model = await this.#manager?.get_model?.(this.#askModel);
    if (!model) throw new RpcError("Closed", "this host does not let the panel ask the kernel");
    return model;
  }
}
