// Shared by the programs: the library under test, whose name is the first argument, and functions that print
// observations.
const { writeFileSync } = require("node:fs")
const zmq = require(process.argv[2])

/** Binds `socket` to a free port, and returns the address. */
function bind(socket) {
  return new Promise((resolve, reject) => {
    socket.bind("tcp://127.0.0.1:*", (error) => {
      if (error) reject(error)
      else resolve(socket.getsockopt(zmq.ZMQ_LAST_ENDPOINT))
    })
  })
}

/** The arguments of the next `count` events. */
function next(socket, event, count = 1) {
  return new Promise((resolve) => {
    const seen = []
    socket.on(event, function listener(...args) {
      seen.push(args)
      if (seen.length < count) return
      socket.off(event, listener)
      resolve(seen)
    })
  })
}

/** Formats `value` identically for both libraries, without port numbers, which vary. */
function show(value) {
  if (value instanceof Error) {
    const { name, message, code, errno, address } = value
    return `${name}(${[message, code, errno, address && show(address)].filter((x) => x !== undefined).join(", ")})`
  }
  if (Buffer.isBuffer(value)) return `<${value}>`
  if (value instanceof zmq.Socket) return "[socket]"
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`
  if (typeof value === "string") return value.replace(/:\d{2,5}$/, ":PORT")
  return String(value)
}

// Writes synchronously: if the parent is too busy to read, `process.exit` would discard what `console.log` has
// buffered.
function tell(...values) {
  writeFileSync(1, `${values.map(show).join(" ")}\n`)
}

/** Prints what `action` returns or throws. */
function attempt(name, action) {
  try {
    tell(name, "gives", action())
  } catch (error) {
    tell(name, "throws", error)
  }
}

module.exports = { zmq, bind, next, tell, attempt }
