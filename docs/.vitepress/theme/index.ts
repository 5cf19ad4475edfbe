import DefaultTheme from "vitepress/theme"
import Home from "./Home.vue"
import LiveProgram from "./LiveProgram.vue"
import Playground from "./Playground.vue"
import "./style.css"

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("Home", Home)
    app.component("LiveProgram", LiveProgram)
    app.component("Playground", Playground)
  },
}
