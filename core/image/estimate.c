/* Maps from points by least squares; see warp.h. */
#include <math.h>

#include "core/image/warp.h"

/* Below this share of the points' spread, a residue is rounding. */
static const double RELATIVE_ZERO = 1e-12;

static void mean_point(double out[2], const double *points, long n) {
  double x = 0, y = 0;
  for (long i = 0; i < n; i++) {
    x += points[2 * i];
    y += points[2 * i + 1];
  }
  out[0] = x / (double)n;
  out[1] = y / (double)n;
}

static vsg_status check_points(const char *what, const double *from,
                               const double *to, long n, long least,
                               vsg_error *err) {
  if (n < least) {
    return vsg_fail(err, VSG_ARGUMENT, "%s: %ld points, wanted at least %ld",
                    what, n, least);
  }
  for (long i = 0; i < 2 * n; i++) {
    if (!isfinite(from[i]) || !isfinite(to[i])) {
      return vsg_fail(err, VSG_ARGUMENT, "%s: point %ld is not finite", what,
                      i / 2 + 1);
    }
  }
  return VSG_OK;
}

/* In the plane Umeyama's singular values give this closed form: with the points
 * centred, turn and scale are the direction and length of (sum of dot products,
 * sum of cross products) over from's spread; his sign S never lets a reflection
 * through. */
vsg_status vsg_similarity(double out[VSG_MAP_SIZE], const double *from,
                          const double *to, long n, vsg_error *err) {
  double f[2], t[2], dot = 0, cross = 0, spread = 0, size = 0;
  if (check_points("similarity", from, to, n, 2, err)) return err->code;
  mean_point(f, from, n);
  mean_point(t, to, n);
  for (long i = 0; i < n; i++) {
    double fx = from[2 * i] - f[0], fy = from[2 * i + 1] - f[1];
    double tx = to[2 * i] - t[0], ty = to[2 * i + 1] - t[1];
    dot += fx * tx + fy * ty;
    cross += fx * ty - fy * tx;
    spread += fx * fx + fy * fy;
    size += tx * tx + ty * ty;
  }
  if (hypot(dot, cross) <= RELATIVE_ZERO * sqrt(spread) * sqrt(size)) {
    return vsg_fail(err, VSG_ARGUMENT,
                    "similarity: no turn of the %ld points is best (they "
                    "coincide, or one set mirrors the other)",
                    n);
  }
  double a = dot / spread, b = cross / spread;
  out[0] = a;
  out[1] = -b;
  out[2] = t[0] - a * f[0] + b * f[1];
  out[3] = b;
  out[4] = a;
  out[5] = t[1] - b * f[0] - a * f[1];
  return VSG_OK;
}

/* Sum over i of (p[2i] - p0) * (q[2i] - q0): an inner product of centred
 * columns. */
static double inner(const double *p, double p0, const double *q, double q0,
                    long n) {
  double sum = 0;
  for (long i = 0; i < n; i++) sum += (p[2 * i] - p0) * (q[2 * i] - q0);
  return sum;
}

/* With the points centred, from = (x, y) columns: y is split into its part
 * along x and the rest r (Gram-Schmidt), and each row of the map is read off.
 */
vsg_status vsg_affine(double out[VSG_MAP_SIZE], const double *from,
                      const double *to, long n, vsg_error *err) {
  double f[2], t[2];
  if (check_points("affine", from, to, n, 3, err)) return err->code;
  mean_point(f, from, n);
  mean_point(t, to, n);
  double xx = inner(from, f[0], from, f[0], n);
  double yy = inner(from + 1, f[1], from + 1, f[1], n);
  double along = xx > 0 ? inner(from, f[0], from + 1, f[1], n) / xx : 0;
  double rr = 0;
  for (long i = 0; i < n; i++) {
    double r = from[2 * i + 1] - f[1] - along * (from[2 * i] - f[0]);
    rr += r * r;
  }
  if (!(xx > 0) || sqrt(rr) <= RELATIVE_ZERO * sqrt(yy)) {
    return vsg_fail(err, VSG_ARGUMENT, "affine: the %ld points lie on a line",
                    n);
  }
  for (int row = 0; row < 2; row++) {
    double rt = 0;
    for (long i = 0; i < n; i++) {
      double r = from[2 * i + 1] - f[1] - along * (from[2 * i] - f[0]);
      rt += r * (to[2 * i + row] - t[row]);
    }
    double xt = inner(from, f[0], to + row, t[row], n) / xx;
    double b = rt / rr, a = xt - along * b;
    out[3 * row] = a;
    out[3 * row + 1] = b;
    out[3 * row + 2] = t[row] - a * f[0] - b * f[1];
  }
  return VSG_OK;
}
