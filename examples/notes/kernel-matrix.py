# The kernel as a matrix: times the flattened image it is the convolution, and its transpose is the transposed convolution.
import torch
import torch.nn.functional as F

image = torch.arange(1.0, 17.0).reshape(4, 4)
kernel = torch.arange(1.0, 10.0).reshape(3, 3)

# each row is the kernel where an output puts it, with zeros around it
rows = []
for i in range(2):
    for j in range(2):
        rows.append(F.pad(kernel, (j, 1 - j, i, 1 - i)).flatten())
matrix = torch.stack(rows)
print(matrix)

output = matrix.matmul(image.flatten())
print(output.reshape(2, 2))
print(F.conv2d(image[None, None], kernel[None, None]))

back = matrix.t().matmul(output)
print(back.reshape(4, 4))
print(F.conv_transpose2d(output.reshape(1, 1, 2, 2), kernel[None, None]))
