const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const router = zmq.socket("router")
  await bind(router)
  await new Promise((resolve) => {
    router.send(["nobody", "hello"], 0, (...args) => {
      tell("sent", ...args)
      resolve()
    })
  })
  router.setsockopt(zmq.ZMQ_ROUTER_MANDATORY, 1)
  router.setsockopt(zmq.ZMQ_SNDTIMEO, 0)
  await new Promise((resolve) => {
    router.send(["nobody", "hello"], 0, (...args) => {
      tell("failed", ...args)
      resolve()
    })
  })
  const failure = next(router, "error")
  router.send(["nobody", "hello"])
  tell("event", await failure)
  router.close()

  // A message that cannot be queued within the timeout.
  const push = zmq.createSocket("push", { linger: 0 })
  push.setsockopt(zmq.ZMQ_SNDTIMEO, 5)
  const late = next(push, "error")
  push.send("to nobody")
  tell("event", await late)
  push.close()
}

run()
