// Runs the scenarios of one program, in order, with one library. Works in Node, and in runtimes without Node's
// processes.
import { inspect } from "node:util"

/** Maximum duration of a scenario, in ms. It is reached only if a library leaves the scenario waiting forever. */
const DEADLINE = 6000
/** Printed after the last scenario. */
const END = "(end)"

/** Distinguishes values that JSON represents in the same way. */
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

/** The parts of an error that programs can distinguish: its class, message, and own enumerable properties. */
function problem(error) {
  if (!(error instanceof Error)) return { thrown: inspect(error) }
  return { kind: error.constructor.name, message: error.message, ...error }
}

/** A frame or an array of frames as text, with one character per byte. */
function text(frames) {
  return Array.isArray(frames) ? frames.map(text) : Buffer.from(frames).toString("latin1")
}

/** The value that `action` returns or throws, or with which its promise settles. */
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
 * @param write Called with each observation: the name of the scenario, and values that JSON can represent.
 * @param warnings Receives the process warnings as they are emitted.
 * @param chosen Names of the scenarios to run. Default: all.
 * @returns The handler for uncaught errors.
 */
export function player({ zmq, scenarios, write, warnings, chosen = Object.keys(scenarios) }) {
  let scenario = ""

  function say(...observations) {
    write([scenario, ...observations.map(plain)])
  }

  /** Reports a known difference. `name` is its key in the table of `differences.ts`. */
  function differs(name, observed) {
    say({ difference: name, observed })
  }

  /** The process warnings that `action` causes. */
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

  /** Registers `socket` to be closed after the scenario. */
  function closing(socket) {
    open.push(socket)
    return socket
  }

  function closeAll() {
    for (const socket of open.splice(0)) {
      try {
        socket.linger = 0
      } catch {
        // The socket is already closed.
      }
      try {
        socket.close()
      } catch {
        // The socket cannot be closed, and an observation already shows why.
      }
    }
  }

  /** Removes port numbers from an endpoint, or from anything that contains one. */
  function anonymous(value) {
    return JSON.parse(
      JSON.stringify(value ?? null).replace(/(127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|localhost):\d+/g, "$1:PORT"),
    )
  }

  let endpoints = 0

  /** A unique address to bind to. */
  function address(scheme) {
    if (scheme === "tcp") return "tcp://127.0.0.1:*"
    return scheme === "ipc" ? `ipc:///tmp/zmtp-differential-${process.pid}-${++endpoints}` : `inproc://d${++endpoints}`
  }

  /** Binds the socket, and resolves with the endpoint that others can connect to. */
  async function listen(socket, scheme = "tcp") {
    await socket.bind(address(scheme))
    return socket.lastEndpoint
  }

  /** Resolves with the first event whose type is one of `types`. */
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
        timer = setTimeout(() => reject(new Error("The scenario made no more progress")), DEADLINE)
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
