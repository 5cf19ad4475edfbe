const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const [push, pull] = [zmq.socket("push"), zmq.socket("pull")]
  push.connect(await bind(pull))
  const received = next(pull, "message", 9)
  let sent = 0
  push.send("text", null, (...args) => tell("sent", ++sent, ...args))
  push.send(Buffer.from("buffer"), 0, (...args) => tell("sent", ++sent, ...args))
  push.send(["a", Buffer.from("b"), "", null, 5], undefined, (...args) => tell("sent", ++sent, ...args))
  push.send(null)
  push.send(7.5)
  push.send(new Uint8Array([65, 66]))
  push.send("first", zmq.ZMQ_SNDMORE)
  push.send(["second", "third"], zmq.ZMQ_SNDMORE)
  push.send("last", 0, () => tell("sent all", ++sent))
  push.send([])
  push.send("ä".repeat(200))
  push.send("callback as flags", () => tell("never"))
  for (const frames of await received) tell(frames, frames.every(Buffer.isBuffer))

  // The callback is called before the message is received.
  for (let n = 0; n < 5; n++) {
    const message = next(pull, "message")
    let called = false
    push.send(String(n), 0, () => (called = true))
    tell(await message, called)
  }
  push.close()
  pull.close()
}

run()
