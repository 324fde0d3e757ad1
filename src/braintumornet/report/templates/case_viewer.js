// The volumes of a case, drawn by NiiVue: which sequence, which masks, where the crosshair is.

const NIFTI_INTENT_LABEL = 1002;
const VIEWS = { planes: 3, axial: 0, coronal: 1, sagittal: 2, render: 4 }; // NiiVue's slice types
const TURNED = [115, 12]; // degrees around and over the head at first: from the front and the side

/* Return what a gzip in base64 holds that an element of the page carries. */
async function unpack(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
const voxelsBegin = (file) => new DataView(file).getFloat32(108, true); // in a NIfTI file
const toRgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

class CaseViewer {
  constructor(canvas, sheet, given) {
    Object.assign(this, { canvas, sheet, given, sequence: 0, task: 0, masks: true, outlines: true, opacity: 0.45 });
    this.hidden = given.tasks.map(() => new Set()); // numbers of regions that are switched off
    this.moved = () => {};
  }

  async load() {
    const library = document.createElement("script"); // its hash is in the page's content security policy
    library.textContent = new TextDecoder().decode(await unpack("niivue-library"));
    document.head.append(library);
    this.nv = new niivue.Niivue({
      backColor: [0, 0, 0, 1], crosshairColor: [0.35, 0.85, 0.35, 0.8], crosshairWidth: 0.6, crosshairGap: 8,
      fontColor: [0.85, 0.85, 0.85, 1], fontMinPx: 12, fontSizeScaling: 0.2, loadingText: "", logLevel: "error",
      isRadiologicalConvention: true, sagittalNoseLeft: true, multiplanarShowRender: 1, multiplanarLayout: 2, tileMargin: 2,
      show3Dcrosshair: false, dragAndDropEnabled: false, scrollRequiresFocus: true,
    });
    await this.nv.attachToCanvas(this.canvas);
    const files = await Promise.all(this.given.sequences.map((_, index) => unpack(`image-${index}`)));
    this.images = files.map((file) => new Uint8Array(file, voxelsBegin(file)));
    const masks = await Promise.all(this.given.tasks.map((_, index) => unpack(`mask-${index}`)));
    this.bits = masks.map((file) => new Uint32Array(file.slice(voxelsBegin(file))));
    const empty = new Uint8Array(files[0].slice(0)).fill(0, voxelsBegin(files[0])).buffer;
    await this.nv.loadFromArrayBuffer(files[0].slice(0), "image.nii");
    await this.nv.loadFromArrayBuffer(empty, "masks.nii");
    this.shape = this.nv.volumes[0].dims.slice(1, 4);
    this.nv.volumes[1].hdr.intent_code = NIFTI_INTENT_LABEL;
    this.nv.onLocationChange = () => this.moved();
    this.drawAlsoContours();
  }

  drawAlsoContours() {
    const draw = this.nv.drawScene.bind(this.nv);
    this.nv.drawScene = (...options) => {
      const result = draw(...options);
      const wanted = this.outlines ? this.visible().map((number) => [1 << number, this.regions[number].colour]) : [];
      drawContours(this.nv, this.sheet, this.bits[this.task], wanted, this.shape);
      if (this.masks) drawDiameters(this.nv, this.sheet, this.diameters(), this.shape);
      return result;
    };
  }

  get regions() {
    return this.given.tasks.length ? this.given.tasks[this.task].regions : [];
  }
  visible() {
    return this.masks ? [...this.regions.keys()].filter((number) => !this.hidden[this.task].has(number)) : [];
  }

  /* Return the diameters of the lesions of the task: from where to where, in parts of the volume. */
  diameters() {
    const lesions = this.given.lesions.filter((lesion) => lesion.task === this.task);
    return lesions.flatMap(({ ends }) => [ends.slice(0, 2), ends.slice(2, 4)].filter((pair) => pair.length === 2))
      .map((pair) => pair.map((mm) => this.nv.mm2frac(mm, 0, true)));
  }

  /* A voxel has the colour of the innermost region that is switched on; regions come outermost first. */
  paintMasks() {
    const layer = this.nv.volumes[1], bits = this.bits[this.task];
    layer.img.fill(0);
    for (const number of this.visible()) {
      for (let at = 0; at < layer.img.length; at++) if (bits[at] & (1 << number)) layer.img[at] = number + 1;
    }
    const colours = [[0, 0, 0], ...this.regions.map((region) => toRgb(region.colour))];
    const [R, G, B] = [0, 1, 2].map((channel) => colours.map((colour) => colour[channel]));
    const labels = ["", ...this.regions.map((region) => region.name)];
    layer.setColormapLabel({ R, G, B, A: labels.map((_, n) => (n ? 255 : 0)), I: [...labels.keys()], labels });
    this.nv.overlayAlphaShader = this.outlines ? 0 : this.opacity; // of slices; the 3-D view keeps its masks
    this.nv.updateGLVolume();
  }

  showSequence(index) {
    this.sequence = index;
    this.nv.volumes[0].img.set(this.images[index]);
    this.nv.updateGLVolume();
    this.moved();
  }

  /* Set the grey level that is white: all of them at 0.5, fewer the brighter. */
  setBrightness(part) {
    this.nv.volumes[0].cal_min = 0;
    this.nv.volumes[0].cal_max = 255 * 4 ** (0.5 - part);
    this.nv.updateGLVolume();
  }

  /* Return the voxel under the crosshair. */
  get voxel() {
    return this.shape.map((size, axis) => Math.min(size - 1, Math.floor(this.nv.scene.crosshairPos[axis] * size)));
  }

  describe() {
    const [i, j, k] = this.voxel, at = i + this.shape[0] * (j + this.shape[1] * k);
    const mm = this.given.affine.map((row) => row[0] * i + row[1] * j + row[2] * k + row[3]);
    // coordinates of the file: in an atlas their zero is not the middle of the head, so that a sign tells no side
    const place = mm.map((value, axis) => `${"xyz"[axis]} ${value.toFixed(1)}`);
    const inside = this.regions.filter((_, number) => this.bits[this.task][at] & (1 << number));
    const masks = inside.length ? `in ${inside.map((region) => region.name).join(", ")}` : "outside all masks";
    const { first, step, count } = this.given.slices, slice = `axial slice ${first + step * k} (0 to ${count - 1})`;
    return `${this.given.sequences[this.sequence]}, ${slice}, ${place.join(", ")} mm, ${masks}`;
  }

  step(axis, voxels) {
    const steps = [0, 0, 0];
    steps[axis] = voxels;
    this.nv.moveCrosshairInVox(...steps);
    this.moved();
  }
  goTo(mm) {
    this.nv.scene.crosshairPos = this.nv.mm2frac(mm, 0, true);
    this.nv.drawScene();
    this.moved();
  }
  turn(around, over) {
    this.nv.setRenderAzimuthElevation(this.nv.scene.renderAzimuth + around, this.nv.scene.renderElevation + over);
  }
  zoom(factor) {
    const [x, y, z, now] = this.nv.scene.pan2Dxyzmm, next = Math.min(8, Math.max(1, now * factor));
    this.nv.setPan2Dxyzmm(next === 1 ? [0, 0, 0, 1] : [x, y, z, next]);
  }
  reset() {
    this.nv.scene.volScaleMultiplier = 1;
    this.nv.setPan2Dxyzmm([0, 0, 0, 1]);
    this.nv.setRenderAzimuthElevation(...TURNED);
    this.goTo(this.given.start);
  }
}
