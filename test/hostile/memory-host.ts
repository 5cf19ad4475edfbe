// A process with one socket that is attacked by memory.test.ts. It says how much memory it keeps after garbage collection.
import * as draft from "../../src/draft.js"
import * as zmq from "../../src/index.js"

export interface Task {
  readonly type: "Pull" | "Publisher" | "XPublisher" | "Router" | "Radio"
  readonly endpoint: string
  readonly options: object
  /** Events are waited for by nobody. */
  readonly observed?: boolean
  /** Nobody is ever judged. */
  readonly hanging?: boolean
}

/** What the process says. */
export interface Report {
  readonly endpoint?: string
  readonly received?: number
  /** Bytes kept. */
  readonly memory?: number
  readonly peers?: number
  /** Messages that wait to be received. */
  readonly queued?: number
  readonly bytesIn?: number
  /** How often a peer was to be judged, and how many of these have left. */
  readonly judging?: number
  readonly gone?: number
}

/** `memory` asks for the bytes kept; a number for that many messages to be received. */
export type Question = "memory" | number

const task = JSON.parse(process.argv[2]!) as Task
const types = { ...zmq, ...draft }
const socket: zmq.Socket = new types[task.type](task.options)
let judging = 0
let gone = 0
/** Who could still be answered. */
const hanging: ((verdict: boolean) => void)[] = []
if (task.hanging === true) {
  socket.authenticate = (request) => {
    judging++
    request.signal.addEventListener("abort", () => gone++)
    return new Promise<boolean>((resolve) => hanging.push(resolve))
  }
}
if (task.observed === true) socket.events

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

/** Bytes on the heap and beside it that are still referenced. */
async function memory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    await turn()
    globalThis.gc!()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function report(said: Report): void {
  process.send!(said)
}

process.on("message", (question: Question) => {
  void answer(question)
})

async function answer(question: Question): Promise<void> {
  if (question === "memory") {
    const kept = await memory()
    const { peers, queued, bytesIn } = socket.stats()
    report({ memory: kept, peers, queued: queued.in, bytesIn, judging, gone })
    return
  }
  const receiver = socket as unknown as { receive(): Promise<unknown> }
  for (let count = 0; count < question; count++) await receiver.receive()
  report({ received: question })
}

await socket.bind(task.endpoint)
report({ endpoint: socket.lastEndpoint! })
