# Each region as a column, each kernel as a row: a convolution is a matrix product, one for every image (and channel).
import torch
import torch.nn.functional as F

x = torch.arange(1.0, 65.0).reshape(2, 2, 4, 4)
N, C, H, W = x.shape

# a kernel for each channel: one product for every image and channel
kernels = torch.tensor([[[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]], [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]])
regions = F.unfold(x, 3).reshape(N * C, 9, 4)
print(regions[0])
rows = kernels.reshape(1, C, 9).expand(N, C, 9).reshape(N * C, 1, 9)
output = torch.bmm(rows, regions).reshape(N, C, 2, 2)
print(output)
print(torch.allclose(output, F.conv2d(x, kernels[:, None], groups=C)))

# kernels over all channels: one product for every image
weight = torch.arange(-27.0, 27.0).reshape(3, C, 3, 3)
columns = F.unfold(x, 3)
print(*columns.shape)
output = torch.bmm(weight.reshape(1, 3, C * 9).expand(N, 3, C * 9), columns).reshape(N, 3, 2, 2)
print(output)
print(torch.allclose(output, F.conv2d(x, weight)))
