const { zmq, bind, next, tell } = require("../stage.cjs")

async function run() {
  const server = zmq.curveKeypair()
  const client = zmq.curveKeypair()
  const rep = zmq.createSocket("rep", { curve_server: 1, curve_secretkey: server.secret })
  const req = zmq.createSocket("req", {
    curve_serverkey: server.public,
    curve_publickey: client.public,
    curve_secretkey: client.secret,
  })
  tell(rep.mechanism, rep.curve_server, req.mechanism, req.curve_server)
  req.connect(await bind(rep))
  rep.on("message", (text) => rep.send(`re: ${text}`))
  const reply = next(req, "message")
  req.send("secret")
  tell(await reply)
  req.close()
  rep.close()
}

run()
