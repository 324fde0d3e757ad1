// The buttons and keys of the viewer, and what a screen reader is told.

(async () => {
  const byId = (id) => document.getElementById(id);
  const section = byId("viewer"), canvas = byId("volumes");
  const given = JSON.parse(byId("case-data").textContent);
  const viewer = new CaseViewer(canvas, byId("contour-lines"), given);
  let lesion = -1, waiting = 0;

  function fail(reason) {
    section.classList.add("failed");
    byId("no-viewer").textContent = `The viewer cannot be shown: ${reason}. The slices below show the same masks.`;
    byId("no-viewer").hidden = false;
  }

  function tell() { // not more often than a screen reader can follow
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      byId("position").textContent = viewer.describe();
      canvas.setAttribute("aria-label", `${given.label}: ${viewer.describe()}`);
    }, 150);
  }

  function chooseTask(index) {
    viewer.task = index;
    for (const list of document.querySelectorAll("[data-task]")) list.hidden = Number(list.dataset.task) !== index;
    if (byId("task")) byId("task").value = index;
    viewer.paintMasks();
    tell();
  }

  function goToLesion(index) {
    lesion = index;
    if (given.lesions[index].task !== viewer.task) chooseTask(given.lesions[index].task);
    viewer.goTo(given.lesions[index].mm);
    for (const button of document.querySelectorAll("[data-lesion]")) {
      button.setAttribute("aria-current", String(Number(button.dataset.lesion) === index));
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    canvas.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
  }
  function stepLesion(step) {
    const count = given.lesions.length;
    if (count) goToLesion((lesion < 0 ? (step > 0 ? 0 : count - 1) : lesion + step + count) % count);
  }

  function reset() {
    byId("brightness").value = 0.5;
    viewer.setBrightness(0.5);
    viewer.reset();
  }
  function nextView() {
    const view = byId("view");
    view.selectedIndex = (view.selectedIndex + 1) % view.options.length;
    view.dispatchEvent(new Event("change"));
  }

  function connect() {
    const on = (id, event, act) => byId(id)?.addEventListener(event, (happened) => act(happened.target));
    given.sequences.forEach((_, index) => on(`sequence-${index}`, "change", () => viewer.showSequence(index)));
    for (const box of document.querySelectorAll("[data-region]")) {
      box.addEventListener("change", () => {
        viewer.hidden[viewer.task][box.checked ? "delete" : "add"](Number(box.dataset.region));
        viewer.paintMasks();
      });
    }
    for (const button of document.querySelectorAll("[data-lesion]")) {
      button.hidden = false;
      button.addEventListener("click", () => goToLesion(Number(button.dataset.lesion)));
    }
    const paint = (change) => (input) => { Object.assign(viewer, change(input)); viewer.paintMasks(); };
    on("task", "change", (input) => chooseTask(Number(input.value)));
    on("masks", "change", paint((input) => ({ masks: input.checked })));
    on("outlines", "change", paint((input) => ({ outlines: input.checked })));
    on("opacity", "input", paint((input) => ({ opacity: Number(input.value) })));
    on("brightness", "input", (input) => viewer.setBrightness(Number(input.value)));
    on("view", "change", (input) => viewer.nv.setSliceType(VIEWS[input.value]));
    on("radiological", "change", (input) => viewer.nv.setRadiologicalConvention(input.checked));
    on("reset", "click", reset);
  }

  const press = (id) => () => byId(id)?.click();
  const letters = {
    m: press("masks"), o: press("outlines"), f: press("radiological"), v: nextView, r: reset,
    n: () => stepLesion(1), p: () => stepLesion(-1),
    "+": () => viewer.zoom(1.25), "=": () => viewer.zoom(1.25), "-": () => viewer.zoom(0.8),
  };
  function arrows(event) {
    const [across, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (byId("view").value === "render") return viewer.turn(10 * across, 10 * up);
    if (up) return viewer.step(event.shiftKey ? 1 : 2, up);
    return viewer.step(0, viewer.nv.opts.isRadiologicalConvention ? -across : across); // as it looks on the screen
  }
  function actionOf(event) {
    if (event.target === canvas) {
      if (event.key.startsWith("Arrow")) return () => arrows(event);
      if (event.key === "PageUp") return () => viewer.step(2, 5);
      if (event.key === "PageDown") return () => viewer.step(2, -5);
    }
    return byId(`sequence-${Number(event.key) - 1}`) ? press(`sequence-${Number(event.key) - 1}`) : letters[event.key.toLowerCase()];
  }
  function onKey(event) {
    if (event.target === canvas) event.stopPropagation(); // NiiVue has keys of its own, which are not these
    const other = event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT";
    const act = event.type === "keydown" && !other && actionOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  }

  if (!document.createElement("canvas").getContext("webgl2")) return fail("this browser has no WebGL 2");
  if (typeof DecompressionStream === "undefined") return fail("this browser is too old to unpack the images");
  try {
    await viewer.load();
    viewer.moved = tell;
    section.addEventListener("keydown", onKey, true);
    section.addEventListener("keyup", onKey, true);
    connect();
    if (given.tasks.length) chooseTask(0);
    reset();
    section.classList.add("ready");
  } catch (error) {
    fail(error.message);
  }
})();
