// What the programs share: the library under test, named by the command line, and a way to tell what they see.
const { writeFileSync } = require("node:fs")
const zmq = require(process.argv[2])

/** Binds `socket` to any port and gives the address. */
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

/** `value` as the same text for both libraries: ports differ from run to run. */
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

// Waits for a parent that is too busy to read: what `console.log` keeps in memory then is lost at `process.exit`.
function tell(...values) {
  writeFileSync(1, `${values.map(show).join(" ")}\n`)
}

/** Tells what `action` returns or throws. */
function attempt(name, action) {
  try {
    tell(name, "gives", action())
  } catch (error) {
    tell(name, "throws", error)
  }
}

module.exports = { zmq, bind, next, tell, attempt }
