// Plays the scenarios of one program, in order, with one library: in Node, and in runtimes without its processes.
import { inspect } from "node:util"

/** Longest time that one scenario may take, in ms. Reached only where a library leaves it waiting for ever. */
const DEADLINE = 6000
/** Said when every scenario has been played. */
const END = "(end)"

/** What JSON cannot tell apart is told apart. */
function plain(value) {
  if (value === undefined) return "(undefined)"
  if (typeof value === "number" && !Number.isFinite(value)) return `(${value})`
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") return `(${String(value)})`
  if (value instanceof Error) return problem(value)
  if (value instanceof Uint8Array) return text(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

/** An error as programs can tell it from another: its kind, its words and its own enumerable properties. */
function problem(error) {
  if (!(error instanceof Error)) return { thrown: inspect(error) }
  return { kind: error.constructor.name, message: error.message, ...error }
}

/** A frame, or each of several: one character a byte. */
function text(frames) {
  return Array.isArray(frames) ? frames.map(text) : Buffer.from(frames).toString("latin1")
}

/** What `action` gives or throws, and what its promise comes to. */
async function outcome(action) {
  let result
  try {
    result = action()
  } catch (error) {
    return { thrown: problem(error) }
  }
  if (!(result instanceof Promise)) return { gives: result }
  try {
    return { resolves: await result }
  } catch (error) {
    return { rejects: problem(error) }
  }
}

/**
 * @param write Given each observation: a list of the scenario's name and of values that JSON can represent.
 * @param warnings Where the warnings of the process are added as they come.
 * @param chosen The scenarios to play. Default: all.
 * @returns What errors that nobody catches are passed to.
 */
export function player({ zmq, scenarios, write, warnings, chosen = Object.keys(scenarios) }) {
  let scenario = ""

  function say(...observations) {
    write([scenario, ...observations.map(plain)])
  }

  /** Says what is known to differ: `name` is in the table of `differences.ts`, which has what each library shows. */
  function differs(name, observed) {
    say({ difference: name, observed })
  }

  /** The process warnings that `action` brings. */
  async function warned(action) {
    await turn()
    warnings.length = 0
    await action()
    await turn()
    return warnings.splice(0)
  }

  /** One turn of the event loop. */
  function turn() {
    return new Promise((resolve) => setImmediate(resolve))
  }

  const open = []

  /** Notes `socket` to be closed when the scenario is over. */
  function closing(socket) {
    open.push(socket)
    return socket
  }

  function closeAll() {
    for (const socket of open.splice(0)) {
      try {
        socket.linger = 0
      } catch {
        // It is closed already.
      }
      try {
        socket.close()
      } catch {
        // So it cannot be closed: the observation has said why.
      }
    }
  }

  /** The port of an endpoint, or anything that contains one, is not worth a difference. */
  function anonymous(value) {
    return JSON.parse(
      JSON.stringify(value ?? null).replace(/(127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|localhost):\d+/g, "$1:PORT"),
    )
  }

  let endpoints = 0

  /** An address of its own to bind to. */
  function address(scheme) {
    if (scheme === "tcp") return "tcp://127.0.0.1:*"
    return scheme === "ipc" ? `ipc:///tmp/zmtp-differential-${process.pid}-${++endpoints}` : `inproc://d${++endpoints}`
  }

  /** Listens; resolves with the endpoint that others connect to. */
  async function listen(socket, scheme = "tcp") {
    await socket.bind(address(scheme))
    return socket.lastEndpoint
  }

  /** Resolves with the first event of one of `types`. */
  async function eventOf(socket, ...types) {
    for (;;) {
      const event = await socket.events.receive()
      if (types.includes(event.type)) return event
      if (event.type === "end") throw new Error(`No ${types.join(" or ")} before the end`)
    }
  }

  const tools = {
    zmq,
    say,
    differs,
    text,
    outcome,
    problem,
    warned,
    turn,
    closing,
    anonymous,
    address,
    listen,
    eventOf,
  }

  async function play() {
    for (const name of chosen) {
      scenario = name
      let timer
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error("Nothing happened any more")), DEADLINE)
      })
      try {
        await Promise.race([scenarios[name](tools), late])
      } catch (error) {
        say("failed", error)
      }
      clearTimeout(timer)
      closeAll()
    }
    scenario = END
    say()
  }

  return {
    play,
    uncaught: (error) => say("uncaught", problem(error)),
    unhandled: (error) => say("unhandled", problem(error)),
  }
}
