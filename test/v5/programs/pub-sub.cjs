const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const [xpub, sub] = [zmq.socket("xpub"), zmq.socket("sub")]
  sub.connect(await bind(xpub))
  const subscription = next(xpub, "message", 3)
  sub.subscribe("a")
  sub.subscribe(Buffer.from("b"))
  sub.setsockopt(zmq.ZMQ_SUBSCRIBE, "c")
  for (const [frame] of await subscription) tell(frame[0], frame.subarray(1))
  const news = next(sub, "message", 3)
  for (const topic of ["a", "x", "b", "y", "c"]) xpub.send([topic, "news"])
  tell(...(await news))
  const end = next(xpub, "message")
  sub.unsubscribe("a")
  const [[frame]] = await end
  tell(frame[0], frame.subarray(1))
  xpub.close()
  sub.close()

  const [pub, xsub] = [zmq.socket("pub"), zmq.socket("xsub")]
  pub.connect(await bind(xsub))
  xsub.send("\x01all")
  const first = next(xsub, "message")
  const again = setInterval(() => pub.send(["all", "right"]), 5)
  tell(await first)
  clearInterval(again)
  pub.close()
  xsub.close()
}

run()
