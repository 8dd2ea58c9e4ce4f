# A 3x3 convolution, a 1x1 convolution and the input itself, added up, are one 3x3 convolution.
import torch
import torch.nn.functional as F

x = torch.arange(1.0, 33.0).reshape(1, 2, 4, 4)
w3 = torch.arange(-18.0, 18.0).reshape(2, 2, 3, 3)
b3 = torch.tensor([10.0, 20.0])
w1 = torch.arange(1.0, 5.0).reshape(2, 2, 1, 1)
b1 = torch.tensor([1.0, 2.0])

branches = F.conv2d(x, w3, b3, padding=1) + F.conv2d(x, w1, b1) + x
print(branches)

# 1x1 to 3x3: zeros around it
padded = F.pad(w1, (1, 1, 1, 1))
print(padded)
# the identity: a 1x1 kernel that gives each channel back, with zeros around it
identity = F.pad(torch.eye(2)[:, :, None, None], (1, 1, 1, 1))
print(identity)

weight = w3 + padded + identity
bias = b3 + b1
print(weight)
print(bias)
print(torch.allclose(F.conv2d(x, weight, bias, padding=1), branches))
