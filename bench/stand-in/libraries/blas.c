/* cuBLAS: matrix products are told by their sizes; `type` is cudaDataType: 0 float32, 2 float16. */
#include <string.h>
#include "stand-in.h"

CREATES(cublasCreate_v2)
SUCCEEDS(cublasDestroy_v2)
SUCCEEDS(cublasSetStream_v2)
SUCCEEDS(cublasSetMathMode)
int cublasGetMathMode(void *handle, int *mode) { *mode = 0; return 0; }
const char *cublasGetStatusName(int status) { return "status"; }
const char *cublasGetStatusString(int status) { return "status"; }

int cublasGemmEx(void *handle, int ta, int tb, int m, int n, int k, const void *alpha, const void *a, int type) {
  tell("multiplied %d %d %d batch 1 type %d\n", m, n, k, type);
  return 0;
}
int cublasGemmStridedBatchedEx(void *handle, int ta, int tb, int m, int n, int k, const void *alpha, const void *a,
                               int type, int lda, long stride_a, const void *b, int type_b, int ldb, long stride_b,
                               const void *beta, void *c, int type_c, int ldc, long stride_c, int batch) {
  tell("multiplied %d %d %d batch %d type %d\n", m, n, k, batch, type);
  return 0;
}
int cublasSgemm_v2(void *handle, int ta, int tb, int m, int n, int k) {
  tell("multiplied %d %d %d batch 1 type 0\n", m, n, k);
  return 0;
}
int cublasSgemmStridedBatched(void *handle, int ta, int tb, int m, int n, int k) {
  tell("multiplied %d %d %d batch many type 0\n", m, n, k);
  return 0;
}
SUCCEEDS(cublasDcopy_v2)
SUCCEEDS(cublasDgeam)
SUCCEEDS(cublasDgemmBatched)
SUCCEEDS(cublasDgemmStridedBatched)
SUCCEEDS(cublasDgemm_v2)
SUCCEEDS(cublasDgetrfBatched)
SUCCEEDS(cublasDgetriBatched)
SUCCEEDS(cublasGemmBatchedEx)
SUCCEEDS(cublasScopy_v2)
SUCCEEDS(cublasSgeam)
SUCCEEDS(cublasSgemmBatched)
SUCCEEDS(cublasSgetrfBatched)
SUCCEEDS(cublasSgetriBatched)
SUCCEEDS(cublasSscal_v2)

CREATES(cublasLtCreate)
SUCCEEDS(cublasLtDestroy)
CREATES(cublasLtMatmulDescCreate)
SUCCEEDS(cublasLtMatmulDescDestroy)
SUCCEEDS(cublasLtMatmulDescSetAttribute)
CREATES(cublasLtMatmulPreferenceCreate)
SUCCEEDS(cublasLtMatmulPreferenceDestroy)
SUCCEEDS(cublasLtMatmulPreferenceSetAttribute)
CREATES(cublasLtMatrixLayoutCreate)
SUCCEEDS(cublasLtMatrixLayoutDestroy)
SUCCEEDS(cublasLtMatrixLayoutSetAttribute)
SUCCEEDS(cublasLtMatrixTransform)
CREATES(cublasLtMatrixTransformDescCreate)
SUCCEEDS(cublasLtMatrixTransformDescDestroy)
SUCCEEDS(cublasLtMatmulAlgoConfigSetAttribute)
SUCCEEDS(cublasLtMatmulAlgoInit)
int cublasLtMatmulAlgoGetHeuristic(void *handle, void *product, void *a, void *b, void *c, void *d, void *preference,
                                   int wanted, char *results, int *found) {
  memset(results, 0, 96); /* one cublasLtMatmulHeuristicResult_t */
  *found = 1;
  return 0;
}
int cublasLtMatmul(void) {
  tell("multiplied by cublasLt\n");
  return 0;
}
