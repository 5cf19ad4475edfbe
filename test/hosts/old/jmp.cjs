const jmp = require("jmp")

const [router, dealer] = [new jmp.Socket("router", "sha256", "key"), new jmp.Socket("dealer", "sha256", "key")]
router.bindSync("tcp://127.0.0.1:*")
dealer.connect(router.last_endpoint)
router.on("message", (message) => message.respond(router, "execute_reply", { status: "ok" }))
dealer.on("message", (message) => {
  console.log(message.header.msg_type, message.content.status)
  router.close()
  dealer.close()
})
const request = new jmp.Message()
request.header = { msg_id: "1", username: "user", session: "session", msg_type: "execute_request", version: "5.0" }
dealer.send(request)
