const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const [req, rep] = [zmq.socket("req"), zmq.socket("rep")]
  req.connect(await bind(rep))
  rep.on("message", (...frames) => {
    tell("request", ...frames)
    rep.send(["re:", ...frames])
  })
  req.on("message", (...frames) => tell("reply", ...frames))
  const replies = next(req, "message", 10)
  for (let n = 0; n < 10; n++) req.send(["request", n], 0, (error) => tell("sent", n, error))
  await replies
  req.close()
  rep.close()

  const [dealer, router] = [zmq.createSocket("dealer", { identity: "dealer" }), zmq.socket("router")]
  dealer.connect(await bind(router))
  router.on("message", (id, ...frames) => router.send([id, ...frames]))
  const echoes = next(dealer, "message", 1000)
  let sent = 0
  for (let n = 0; n < 1000; n++) dealer.send(String(n), 0, () => sent++)
  tell((await echoes).map(String).join(" "))
  tell(sent)
  dealer.close()
  router.close()
}

run()
