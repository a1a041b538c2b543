/* The messages of Caffe's nets: names, numbers and kinds of their fields, as
 * src/caffe/proto/caffe.proto of Caffe 1.0 publishes them. Only what the
 * forward pass uses is here; fields that the forks number differently have no
 * number. See caffe.h. */
#include <string.h>

#include "core/loader/caffe.h"

#define SKIP(number, name) \
  { VSG_CAFFE_SKIP, number, name, false, NULL, NULL }
#define INTEGER(number, name) \
  { VSG_CAFFE_INTEGER, number, name, false, NULL, NULL }
#define INTEGERS(number, name) \
  { VSG_CAFFE_INTEGER, number, name, true, NULL, NULL }
#define BOOLEAN(number, name) \
  { VSG_CAFFE_BOOLEAN, number, name, false, NULL, NULL }
#define FLOAT(number, name) \
  { VSG_CAFFE_FLOAT, number, name, false, NULL, NULL }
#define FLOATS(number, name) \
  { VSG_CAFFE_FLOAT, number, name, true, NULL, NULL }
#define TEXT(number, name) \
  { VSG_CAFFE_TEXT, number, name, false, NULL, NULL }
#define TEXTS(number, name) \
  { VSG_CAFFE_TEXT, number, name, true, NULL, NULL }
#define CHOICE(number, name, choice) \
  { VSG_CAFFE_CHOICE, number, name, false, NULL, choice }
#define MESSAGE(number, name, fields) \
  { VSG_CAFFE_MESSAGE, number, name, false, fields, NULL }
#define MESSAGES(number, name, fields) \
  { VSG_CAFFE_MESSAGE, number, name, true, fields, NULL }
#define BLOBS(number, name) \
  { VSG_CAFFE_BLOB, number, name, true, NULL, NULL }
#define OLD(number, name) \
  { VSG_CAFFE_OLD, number, name, true, NULL, NULL }
#define END \
  { VSG_CAFFE_END, 0, NULL, false, NULL, NULL }

/* ---- choices ---- */

static const vsg_caffe_choice phase[] = {{0, "TRAIN"}, {1, "TEST"}, {0, NULL}};

static const vsg_caffe_choice pool[] = {
    {0, "MAX"}, {1, "AVE"}, {2, "STOCHASTIC"}, {0, NULL}};

static const vsg_caffe_choice round_mode[] = {
    {0, "CEIL"}, {1, "FLOOR"}, {0, NULL}};

static const vsg_caffe_choice operation[] = {
    {0, "PROD"}, {1, "SUM"}, {2, "MAX"}, {0, NULL}};

/* V1LayerParameter.LayerType */
static const vsg_caffe_choice type[] = {{0, "NONE"},
                                        {1, "ACCURACY"},
                                        {2, "BNLL"},
                                        {3, "CONCAT"},
                                        {4, "CONVOLUTION"},
                                        {5, "DATA"},
                                        {6, "DROPOUT"},
                                        {7, "EUCLIDEAN_LOSS"},
                                        {8, "FLATTEN"},
                                        {9, "HDF5_DATA"},
                                        {10, "HDF5_OUTPUT"},
                                        {11, "IM2COL"},
                                        {12, "IMAGE_DATA"},
                                        {13, "INFOGAIN_LOSS"},
                                        {14, "INNER_PRODUCT"},
                                        {15, "LRN"},
                                        {16, "MULTINOMIAL_LOGISTIC_LOSS"},
                                        {17, "POOLING"},
                                        {18, "RELU"},
                                        {19, "SIGMOID"},
                                        {20, "SOFTMAX"},
                                        {21, "SOFTMAX_LOSS"},
                                        {22, "SPLIT"},
                                        {23, "TANH"},
                                        {24, "WINDOW_DATA"},
                                        {25, "ELTWISE"},
                                        {26, "POWER"},
                                        {27, "SIGMOID_CROSS_ENTROPY_LOSS"},
                                        {28, "HINGE_LOSS"},
                                        {29, "MEMORY_DATA"},
                                        {30, "ARGMAX"},
                                        {31, "THRESHOLD"},
                                        {32, "DUMMY_DATA"},
                                        {33, "SLICE"},
                                        {34, "MVN"},
                                        {35, "ABSVAL"},
                                        {36, "SILENCE"},
                                        {37, "CONTRASTIVE_LOSS"},
                                        {38, "EXP"},
                                        {39, "DECONVOLUTION"},
                                        {0, NULL}};

/* ---- layer parameters ---- */

static const vsg_caffe_field blob_shape[] = {INTEGERS(1, "dim"), END};

/* NetStateRule. That the net must lack some stage is met by one without any. */
static const vsg_caffe_field rule[] = {
    CHOICE(1, "phase", phase), INTEGER(2, "min_level"), INTEGER(3, "max_level"),
    TEXT(4, "stage"),          SKIP(5, "not_stage"),    END};

static const vsg_caffe_field batch_norm[] = {BOOLEAN(1, "use_global_stats"),
                                             SKIP(2, "moving_average_fraction"),
                                             FLOAT(3, "eps"), END};

static const vsg_caffe_field bias[] = {
    INTEGER(1, "axis"), INTEGER(2, "num_axes"), SKIP(3, "filler"), END};

static const vsg_caffe_field concat[] = {INTEGER(1, "concat_dim"),
                                         INTEGER(2, "axis"), END};

static const vsg_caffe_field convolution[] = {INTEGER(1, "num_output"),
                                              BOOLEAN(2, "bias_term"),
                                              INTEGERS(3, "pad"),
                                              INTEGERS(4, "kernel_size"),
                                              INTEGER(5, "group"),
                                              INTEGERS(6, "stride"),
                                              SKIP(7, "weight_filler"),
                                              SKIP(8, "bias_filler"),
                                              INTEGER(9, "pad_h"),
                                              INTEGER(10, "pad_w"),
                                              INTEGER(11, "kernel_h"),
                                              INTEGER(12, "kernel_w"),
                                              INTEGER(13, "stride_h"),
                                              INTEGER(14, "stride_w"),
                                              SKIP(15, "engine"),
                                              INTEGER(16, "axis"),
                                              SKIP(17, "force_nd_im2col"),
                                              INTEGERS(18, "dilation"),
                                              END};

static const vsg_caffe_field dropout[] = {SKIP(1, "dropout_ratio"),
                                          BOOLEAN(2, "scale_train"), END};

static const vsg_caffe_field eltwise[] = {CHOICE(1, "operation", operation),
                                          FLOATS(2, "coeff"),
                                          SKIP(3, "stable_prod_grad"), END};

static const vsg_caffe_field flatten[] = {INTEGER(1, "axis"),
                                          INTEGER(2, "end_axis"), END};

static const vsg_caffe_field inner_product[] = {INTEGER(1, "num_output"),
                                                BOOLEAN(2, "bias_term"),
                                                SKIP(3, "weight_filler"),
                                                SKIP(4, "bias_filler"),
                                                INTEGER(5, "axis"),
                                                BOOLEAN(6, "transpose"),
                                                END};

static const vsg_caffe_field input[] = {MESSAGES(1, "shape", blob_shape), END};

/* The forks give 13 to round_mode, to ceil_mode and to dilation. */
static const vsg_caffe_field pooling[] = {CHOICE(1, "pool", pool),
                                          INTEGER(2, "kernel_size"),
                                          INTEGER(3, "stride"),
                                          INTEGER(4, "pad"),
                                          INTEGER(5, "kernel_h"),
                                          INTEGER(6, "kernel_w"),
                                          INTEGER(7, "stride_h"),
                                          INTEGER(8, "stride_w"),
                                          INTEGER(9, "pad_h"),
                                          INTEGER(10, "pad_w"),
                                          SKIP(11, "engine"),
                                          BOOLEAN(12, "global_pooling"),
                                          CHOICE(0, "round_mode", round_mode),
                                          BOOLEAN(0, "ceil_mode"),
                                          END};

static const vsg_caffe_field prelu[] = {SKIP(1, "filler"),
                                        BOOLEAN(2, "channel_shared"), END};

static const vsg_caffe_field relu[] = {FLOAT(1, "negative_slope"),
                                       SKIP(2, "engine"), END};

static const vsg_caffe_field reshape[] = {MESSAGE(1, "shape", blob_shape),
                                          INTEGER(2, "axis"),
                                          INTEGER(3, "num_axes"), END};

static const vsg_caffe_field scale[] = {
    INTEGER(1, "axis"),      INTEGER(2, "num_axes"), SKIP(3, "filler"),
    BOOLEAN(4, "bias_term"), SKIP(5, "bias_filler"), END};

static const vsg_caffe_field sigmoid[] = {SKIP(1, "engine"), END};

static const vsg_caffe_field softmax[] = {SKIP(1, "engine"), INTEGER(2, "axis"),
                                          END};

/* ---- layers ---- */

/* LayerParameter */
static const vsg_caffe_field layer[] = {
    TEXT(1, "name"),
    TEXT(2, "type"),
    TEXTS(3, "bottom"),
    TEXTS(4, "top"),
    BLOBS(7, "blobs"),
    MESSAGES(8, "include", rule),
    MESSAGES(9, "exclude", rule),
    MESSAGE(104, "concat_param", concat),
    MESSAGE(106, "convolution_param", convolution),
    MESSAGE(108, "dropout_param", dropout),
    MESSAGE(110, "eltwise_param", eltwise),
    MESSAGE(117, "inner_product_param", inner_product),
    MESSAGE(121, "pooling_param", pooling),
    MESSAGE(123, "relu_param", relu),
    MESSAGE(124, "sigmoid_param", sigmoid),
    MESSAGE(125, "softmax_param", softmax),
    MESSAGE(131, "prelu_param", prelu),
    MESSAGE(133, "reshape_param", reshape),
    MESSAGE(135, "flatten_param", flatten),
    MESSAGE(139, "batch_norm_param", batch_norm),
    MESSAGE(141, "bias_param", bias),
    MESSAGE(142, "scale_param", scale),
    MESSAGE(143, "input_param", input),
    END};

/* V1LayerParameter */
static const vsg_caffe_field layers[] = {
    OLD(1, "layer"),
    TEXTS(2, "bottom"),
    TEXTS(3, "top"),
    TEXT(4, "name"),
    CHOICE(5, "type", type),
    BLOBS(6, "blobs"),
    MESSAGE(9, "concat_param", concat),
    MESSAGE(10, "convolution_param", convolution),
    MESSAGE(12, "dropout_param", dropout),
    MESSAGE(17, "inner_product_param", inner_product),
    MESSAGE(19, "pooling_param", pooling),
    MESSAGE(24, "eltwise_param", eltwise),
    MESSAGE(30, "relu_param", relu),
    MESSAGES(32, "include", rule),
    MESSAGES(33, "exclude", rule),
    MESSAGE(38, "sigmoid_param", sigmoid),
    MESSAGE(39, "softmax_param", softmax),
    END};

/* NetParameter */
const vsg_caffe_field vsg_caffe_net[] = {TEXT(1, "name"),
                                         MESSAGES(2, "layers", layers),
                                         TEXTS(3, "input"),
                                         INTEGERS(4, "input_dim"),
                                         SKIP(5, "force_backward"),
                                         SKIP(6, "state"),
                                         SKIP(7, "debug_info"),
                                         MESSAGES(8, "input_shape", blob_shape),
                                         MESSAGES(100, "layer", layer),
                                         END};

/* ---- looking up ---- */

const vsg_caffe_field *vsg_caffe_named(const vsg_caffe_field *fields,
                                       const char *name, size_t length) {
  for (; fields && fields->kind != VSG_CAFFE_END; fields++) {
    if (strlen(fields->name) == length &&
        memcmp(fields->name, name, length) == 0) {
      return fields;
    }
  }
  return NULL;
}

const vsg_caffe_field *vsg_caffe_numbered(const vsg_caffe_field *fields,
                                          uint32_t number) {
  if (number == 0) return NULL;
  for (; fields && fields->kind != VSG_CAFFE_END; fields++) {
    if (fields->number == number) return fields;
  }
  return NULL;
}
