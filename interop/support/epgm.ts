import { execFileSync, spawn, type ChildProcess } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const PEER = fileURLToPath(new URL("epgm-peer.py", import.meta.url))

/** A frame that repeats one byte. */
export type FrameShape = readonly [byte: number, size: number]

/** A Python interpreter whose libzmq supports PGM, if installed. */
export const PYTHON = ["/usr/bin/python3", "python3"].find((python) => {
  try {
    execFileSync(python, ["-c", "import zmq, sys; sys.exit(not zmq.has('pgm'))"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})

/** Messages of `shapes`, each with its number as the first frame, as `epgm-peer.py` creates them. */
export function messagesOf(shapes: readonly (readonly FrameShape[])[]): Buffer[][] {
  return shapes.map((frames, number) => [
    Buffer.from(String(number)),
    ...frames.map(([byte, size]) => Buffer.alloc(size, byte)),
  ])
}

/** The number and the digest of a message, as `epgm-peer.py` reports them. */
export function digestOf(frames: readonly Uint8Array[]): [number: number, digest: string] {
  const hash = createHash("sha256")
  frames.forEach((frame, index) => hash.update(index === 0 ? "" : "|").update(frame))
  return [Number(Buffer.from(frames[0]!).toString()), hash.digest("hex")]
}

/** A process with libzmq that publishes or subscribes. */
export class EpgmPeer {
  readonly #process: ChildProcess
  readonly #told: unknown[] = []
  #listener: (() => void) | undefined
  #ended = false

  constructor(enter: readonly string[], role: "pub" | "sub", endpoint: string, rate: number, recovery?: number) {
    const more = recovery === undefined ? [] : [String(recovery)]
    const [program, ...args] = [...enter, PYTHON!, PEER, role, endpoint, String(rate), ...more]
    this.#process = spawn(program!, args, { stdio: ["pipe", "pipe", "ignore"] })
    createInterface({ input: this.#process.stdout! }).on("line", (line) => {
      // OpenPGM warns about loopback interfaces on stdout.
      if (line.startsWith("Warn")) return
      this.#told.push(JSON.parse(line))
      this.#listener?.()
    })
    this.#process.on("exit", () => {
      this.#ended = true
      this.#listener?.()
    })
  }

  /** Resolves with the next report. */
  async next(): Promise<unknown> {
    while (this.#told.length === 0) {
      if (this.#ended) throw new Error("The peer has ended")
      await new Promise<void>((resolve) => (this.#listener = resolve))
    }
    return this.#told.shift()
  }

  /** Makes a publisher publish messages of `shapes`. */
  publish(shapes: readonly (readonly FrameShape[])[]): void {
    this.#process.stdin!.write(`${JSON.stringify(shapes)}\n`)
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#process.stdin!.end()
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 2000)
    await once(this.#process, "exit")
    clearTimeout(timer)
  }
}
