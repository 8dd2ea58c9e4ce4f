# A convolution is a sum over windows: each window of the image times the kernel, added up.
import torch
import torch.nn.functional as F

image = torch.arange(1.0, 17.0).reshape(4, 4)
kernel = torch.tensor([[0.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
height, width = kernel.shape

sums = []
for i in range(2):
    for j in range(2):
        window = image[i : i + height, j : j + width]
        print(window * kernel)
        sums.append((window * kernel).sum())

output = torch.stack(sums).reshape(2, 2)
print(output)
print(F.conv2d(image[None, None], kernel[None, None]))

# with a stride the windows are further apart
print(F.conv2d(image[None, None], kernel[None, None, :2, :2], stride=2))
