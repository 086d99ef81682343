/** The button that a browser without scripts has in its menu. */

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => print());
