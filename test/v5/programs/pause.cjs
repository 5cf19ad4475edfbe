const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const [push, pull] = [zmq.socket("push"), zmq.socket("pull")]
  push.connect(await bind(pull))
  pull.on("message", (...frames) => tell("message", ...frames))
  const first = next(pull, "message")
  push.send("before")
  await first

  pull.pause()
  push.send("while the receiver is paused 1")
  await new Promise((resolve) => push.send("while the receiver is paused 2", 0, resolve))
  tell("sent")
  let both = next(pull, "message", 2)
  pull.resume()
  await both

  push.pause()
  both = next(pull, "message", 2)
  push.send("while the sender is paused 1", 0, () => tell("sent 1"))
  push.send("while the sender is paused 2", 0, () => tell("sent 2"))
  await new Promise(setImmediate)
  tell("nothing so far")
  push.resume()
  await both
  push.close()
  pull.close()
}

run()
