"use strict";
// Contours of masks over the slices that NiiVue draws: lines between voxels, as sharp at any zoom as the screen is.

const PLANES = [
  [0, 1, 2], // axial: the axes of the volume that run across, up and through the slice
  [0, 2, 1], // coronal
  [1, 2, 0], // sagittal
];
// of a square of four voxels, by which of them are inside (1, 2, 4, 8): the edges that a contour joins
const EDGES = [[], [3, 0], [0, 1], [3, 1], [1, 2], [3, 2, 0, 1], [0, 2], [3, 2], [2, 3], [0, 2], [0, 3, 1, 2], [1, 2],
  [1, 3], [0, 1], [0, 3], []];
const MIDDLES = [[0.5, 0], [1, 0.5], [0.5, 1], [0, 0.5]]; // of these edges, from the first voxel

/* Return where the voxels of a tile of NiiVue lie on its canvas. */
function placeTile(nv, tile, shape) {
  const low = nv.frac2mm([0, 0, 0]), high = nv.frac2mm([1, 1, 1]);
  const [across, up, through] = PLANES[tile.axCorSag];
  const [left, top, width, height] = tile.leftTopWidthHeight;
  const mm = (voxel, axis) => low[axis] + ((voxel + 0.5) / shape[axis]) * (high[axis] - low[axis]);
  return {
    level: Math.min(shape[through] - 1, Math.max(0, Math.floor(tile.sliceFrac * shape[through]))),
    x: (voxel) => left + ((mm(voxel, across) - tile.leftTopMM[0]) / tile.fovMM[0]) * width,
    y: (voxel) => top + height - ((mm(voxel, up) - tile.leftTopMM[1]) / tile.fovMM[1]) * height,
  };
}

/* Return the outline of the voxels of a slice that have a bit. */
function traceContour(bits, bit, shape, plane, { level, x, y }) {
  const [across, up, through] = plane, steps = [1, shape[0], shape[0] * shape[1]];
  const columns = shape[across], rows = shape[up], path = new Path2D();
  const inside = (i, j) => i >= 0 && j >= 0 && i < columns && j < rows &&
    (bits[i * steps[across] + j * steps[up] + level * steps[through]] & bit) !== 0;
  for (let j = -1; j < rows; j++) {
    let before = 0; // the two voxels that this square shares with the one before it
    for (let i = -1; i < columns; i++) {
      const after = (inside(i + 1, j) ? 2 : 0) + (inside(i + 1, j + 1) ? 4 : 0);
      EDGES[before + after].forEach((edge, n) => {
        const [u, v] = MIDDLES[edge];
        path[n % 2 ? "lineTo" : "moveTo"](x(i + u), y(j + v));
      });
      before = (after & 2 ? 1 : 0) + (after & 4 ? 8 : 0);
    }
  }
  return path;
}

/* Draw the contours of some regions, [bit, colour], on a sheet that lies over the canvas of NiiVue. */
function drawContours(nv, sheet, bits, regions, shape) {
  const pen = sheet.getContext("2d");
  sheet.width = nv.canvas.width;
  sheet.height = nv.canvas.height;
  for (const tile of nv.screenSlices.filter((tile) => tile.axCorSag < PLANES.length)) {
    const placed = placeTile(nv, tile, shape);
    pen.save();
    pen.beginPath();
    pen.rect(...tile.leftTopWidthHeight);
    pen.clip();
    for (const [bit, colour] of regions) {
      const path = traceContour(bits, bit, shape, PLANES[tile.axCorSag], placed);
      for (const [line, width] of [["rgba(0, 0, 0, 0.55)", 3.2], [colour, 1.7]]) {
        pen.strokeStyle = line;
        pen.lineWidth = width * (window.devicePixelRatio || 1);
        pen.stroke(path);
      }
    }
    pen.restore();
  }
}

/* Draw lines that were measured, [from, to] in parts of the volume, on the axial slice on which they lie. */
function drawDiameters(nv, sheet, lines, shape) {
  const pen = sheet.getContext("2d");
  for (const tile of nv.screenSlices.filter((tile) => tile.axCorSag === 0)) {
    const { level, x, y } = placeTile(nv, tile, shape);
    const at = (part) => [x(part[0] * shape[0] - 0.5), y(part[1] * shape[1] - 0.5)];
    for (const [from, to] of lines) {
      if (Math.floor(from[2] * shape[2]) !== level) continue;
      const path = new Path2D();
      path.moveTo(...at(from));
      path.lineTo(...at(to));
      for (const [line, width] of [["rgba(0, 0, 0, 0.6)", 3.4], ["#ffffff", 1.6]]) {
        pen.strokeStyle = line;
        pen.lineWidth = width * (window.devicePixelRatio || 1);
        pen.stroke(path);
      }
    }
  }
}
