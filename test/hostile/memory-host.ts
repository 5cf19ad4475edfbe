// A process with a socket that memory.test.ts attacks. It reports the memory that is still in use after garbage
// collection.
import * as draft from "../../src/draft.js"
import * as zmq from "../../src/index.js"

export interface Task {
  readonly type: "Pull" | "Publisher" | "XPublisher" | "Router" | "Radio"
  readonly endpoint: string
  readonly options: object
  /** Whether the socket has an event queue that nobody reads. */
  readonly observed?: boolean
  /** Whether the verdict on each peer stays pending. */
  readonly hanging?: boolean
}

/** A report of the process. */
export interface Report {
  readonly endpoint?: string
  readonly received?: number
  /** Memory in use, in bytes. */
  readonly memory?: number
  readonly peers?: number
  /** Number of messages in the receive queue. */
  readonly queued?: number
  readonly bytesIn?: number
  /** Number of verdicts that were requested; `gone` counts those whose peers have left. */
  readonly judging?: number
  readonly gone?: number
}

/** `memory` requests a report about memory; a number requests that many messages to be received. */
export type Question = "memory" | number

const task = JSON.parse(process.argv[2]!) as Task
const types = { ...zmq, ...draft }
const socket: zmq.Socket = new types[task.type](task.options)
let judging = 0
let gone = 0
/** Pending verdicts, which must stay reachable. */
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

/** Heap and external memory that is still referenced, in bytes. */
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
